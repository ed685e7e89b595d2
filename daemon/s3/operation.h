// S3's operations as values: what a request asks for, after its head was read and before anything acts on it.
//
// Contract: plain values that own what they hold; any thread. parse.h makes them from requests, and what is in them is
// valid by S3's rules (names, keys, numbers, headers); handlers.h acts on them. `subject` says which bucket and key; a
// body, where there is one, is read by the handler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/digest/digest.h"
#include "daemon/bucket/past.h"
#include "daemon/http/range.h"
#include "daemon/s3/conditions.h"
#include "daemon/s3/error.h"

namespace cairn::s3 {

/// What the head promises about the body, beyond authentication.
struct BodyClaims {
  std::optional<Bytes> contentMd5;
  std::optional<DigestAlgorithm> algorithm;  ///< asked for by header, trailer or x-amz-sdk-checksum-algorithm
  std::optional<Bytes> checksum;             ///< given in the head
  bool inTrailer = false;                    ///< the value comes behind the body
};

struct CopySource {
  BucketName bucket;
  std::string key;
  ReadConditions conditions;
};

// Service and bucket.
struct ListBuckets {
  std::string prefix;
};
struct CreateBucket {
  BodyClaims claims;
};
/// The body is a CAR of all that the bucket is to have (docs/formats/import.md).
struct ImportBucket {
  std::optional<Cid> root;  ///< that the CAR must have; null: none
  bucket::Merge merge = bucket::Merge::refuse;
  BodyClaims claims;  ///< of the CAR
};
struct HeadBucket {};
struct DeleteBucket {};
/// An empty `claims`: the policy is deleted.
struct SetBucketPolicy {
  std::optional<BodyClaims> claims;
};
/// A configuration of a bucket; but for the policy it is never set here, and the answer depends on `name` alone.
struct GetBucketSetting {
  std::string name;  ///< "location", "acl", "versioning", "policy" ...
};

// Listings.
struct ListObjects {
  int version = 1;
  std::string prefix, delimiter;
  std::string marker;                            ///< V1: marker. V2: start-after
  std::optional<std::string> token, tokenAfter;  ///< V2: as sent, and the key in it
  std::size_t maxKeys = 1000;
  bool urlEncoding = false, fetchOwner = false;
};
struct ListObjectVersions {
  std::string prefix, delimiter, keyMarker, versionMarker;
  std::size_t maxKeys = 1000;
  bool urlEncoding = false;
};
struct ListUploads {
  std::string prefix, delimiter, keyMarker, uploadMarker;
  std::size_t maxUploads = 1000;
  bool urlEncoding = false;
};
struct ListParts {
  std::string uploadId;
  std::uint32_t marker = 0;
  std::size_t maxParts = 1000;
};

// Objects.
struct ResponseOverride {
  std::string header, value;
};
struct GetObject {
  bool headOnly = false;
  ReadConditions conditions;
  std::optional<http::ByteRange> range;
  std::string ifRange;
  std::optional<std::uint32_t> partNumber;
  bool checksumMode = false;
  std::vector<ResponseOverride> overrides;
};
struct PutObject {
  bucket::Attributes attributes;
  bucket::WriteConditions conditions;
  BodyClaims claims;
};
struct CopyObject {
  CopySource source;
  bool replaceMetadata = false, replaceTags = false;
  bucket::Attributes attributes;
  bucket::WriteConditions conditions;
};
/// The body is a CAR, the object the file under its root (docs/formats/import.md).
struct ImportObject {
  std::vector<CopySource> reuse;  ///< objects whose blocks may be left out of it
  bucket::Attributes attributes;
  bucket::WriteConditions conditions;
  BodyClaims claims;  ///< of the CAR
};
struct DeleteObject {
  bucket::WriteConditions conditions;
};
struct DeleteObjects {
  BodyClaims claims;
};
struct GetObjectAttributes {
  bool etag = false, checksum = false, parts = false, storageClass = false, size = false;
  std::uint32_t partMarker = 0;
  std::size_t maxParts = 1000;
};
/// Like GetBucketSetting, of an object: "acl", "tagging", "legal-hold", "retention".
struct GetObjectSetting {
  std::string name;
};
/// Without `claims`: all tags are deleted.
struct SetObjectTags {
  std::optional<BodyClaims> claims;
};

// Multipart uploads.
struct CreateUpload {
  bucket::Attributes attributes;
  std::optional<DigestAlgorithm> algorithm;
  bool fullObject = false;
};
struct UploadPart {
  std::string uploadId;
  std::uint32_t number = 0;
  BodyClaims claims;
};
struct UploadPartCopy {
  std::string uploadId;
  std::uint32_t number = 0;
  CopySource source;
  std::optional<http::ByteRange> range;
};
struct CompleteUpload {
  std::string uploadId;
  BodyClaims claims;  ///< of the list of parts, not of the object
  bucket::WriteConditions conditions;
  std::optional<bucket::Checksum> expected;
  std::optional<std::uint64_t> expectedSize;
};
struct AbortUpload {
  std::string uploadId;
};

/// Brings back what the bucket had, or a lost race's loser has; or merges what another line of its history has.
struct BringBack {
  enum class What { restore, undo, adopt, reconcile };
  What what = What::restore;
  std::optional<bucket::Moment> at;    ///< of a restore; of a reconciliation, unless
  BucketName from;                     ///< another bucket has the other line
  std::optional<bucket::Moment> base;  ///< of a reconciliation; absent: nothing is common
  std::optional<Version> version;      ///< of an undo; the newest when absent
  std::uint64_t race = 0;              ///< of an adoption, as are
  std::vector<std::string> keys;
  std::string prefix;
  bool dryRun = false;
  BodyClaims claims;
};

using Action =
    std::variant<ListBuckets, CreateBucket, HeadBucket, DeleteBucket, SetBucketPolicy, GetBucketSetting, ListObjects,
                 ListObjectVersions, ListUploads, ListParts, GetObject, PutObject, CopyObject, ImportObject,
                 ImportBucket, DeleteObject, DeleteObjects, GetObjectAttributes, GetObjectSetting, SetObjectTags,
                 CreateUpload, UploadPart, UploadPartCopy, CompleteUpload, AbortUpload, BringBack>;

struct Subject {
  BucketName bucket;  ///< empty: the service itself
  std::string key;    ///< empty: the bucket itself
};

struct Operation {
  Subject subject;
  Action action;
  std::optional<bucket::Moment> at{};  ///< of GetObject and ListObjects: what is read is the bucket as it was then
};

/// As in S3's documentation: "PutObject". For metrics and logs.
std::string_view nameOf(const Operation& operation);

}  // namespace cairn::s3
