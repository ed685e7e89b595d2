// The bucket service: what the doors ask of buckets, in S3's terms but free of HTTP.
//
// Contract. Thread-safe; coroutines run on the caller's executor. A mutation that answers success is in a flipped root
// whose blocks the quorum holds (design sections 1, 4, 6). A mutation that answers a Failure changed nothing, except
// Fault::unknown (at most once, may have happened). Reads, listings and refusals reflect a root that was current at
// some moment between call and answer. Bucket names and keys are validated by the doors before they get here; keys are
// 1..1024 bytes of UTF-8 without NUL. Sizes are bytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "daemon/blocks/store.h"
#include "daemon/bucket/entry.h"
#include "daemon/bucket/index/tree.h"
#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"
#include "daemon/rt/async.h"

namespace cairn::bucket {

enum class Fault {
  no_such_bucket,
  bucket_exists,  ///< somebody else's
  bucket_yours,   ///< the caller's already
  bucket_not_empty,
  no_such_key,
  no_such_version,  ///< a state of the past that the history does not name, or no longer
  no_such_upload,
  invalid_part,  ///< a part named at completion is absent or has another ETag
  invalid_part_order,
  part_too_small,  ///< below 5 MiB and not the last
  precondition_failed,
  conflict,         ///< If-Match on a key that is gone: 404 in S3's terms is no_such_key; this is 409
  invalid_request,  ///< message says why
  malformed_car,    ///< an import that is not what it says it is: message says where
  missing_block,    ///< an import reaches a block that neither came nor may be reused
  too_large,
  slow_down,    ///< lost the race too often; try again
  unavailable,  ///< registry, quorum or lease: message says which; try again
  unknown,      ///< outcome cannot be known: 500
  internal,     ///< corrupt data or a bug
};

struct Failure {
  Fault fault = Fault::internal;
  std::string message;
  std::string subject;  ///< the key, part or upload concerned, where there is one
};
[[noreturn]] inline void throw_exception_from_error(const Failure& f, const boost::source_location&) {
  throw std::runtime_error(f.message);
}
template <class T>
using Outcome = boost::system::result<T, Failure>;

/// Conditions of RFC 9110 on the object under the key written. ETags without quotes; "*" as itself.
struct WriteConditions {
  std::vector<std::string> ifMatch, ifNoneMatch;
  std::optional<Timestamp> ifUnmodifiedSince, ifModifiedSince;
  bool any() const { return !ifMatch.empty() || !ifNoneMatch.empty() || ifUnmodifiedSince || ifModifiedSince; }
};
/// Pure. nullopt: go on. On writes a failed condition is precondition_failed, If-Match on an absent key no_such_key.
std::optional<Failure> checkWrite(const WriteConditions& conditions, const Entry* present);

/// Bytes made into blocks, not yet in any bucket.
struct Content {
  Cid cid;
  std::uint64_t size = 0;
  std::vector<Cid> blocks;             ///< those in the store, leaves and inner nodes, for the quorum
  std::optional<blocks::Block> small;  ///< a small body's only block: not stored yet, the commit brings it
};

/// Is given a body's bytes leaf by leaf, in order; the writer goes on when it answers.
using LeafTap = std::function<Task<void>(blocks::BlockData)>;

/// Chunks and hashes a body as it arrives, and stores it unless it is small. One at a time; not thread-safe.
class ContentWriter {
 public:
  virtual ~ContentWriter() = default;
  virtual Task<Status> write(BytesView piece) = 0;
  virtual Task<Result<Content>> finish() = 0;
};

struct Imported {
  Content content;
  std::array<std::uint8_t, 16> md5{};
};

/// Takes a file that comes as blocks (import.h).
class ContentImport {
 public:
  virtual ~ContentImport() = default;
  /// The blocks of `content` may be left out of the CAR. Before finish().
  virtual void mayReuse(const Cid& content) = 0;
  virtual Task<Outcome<void>> write(BytesView piece) = 0;
  virtual Task<Outcome<Imported>> finish() = 0;
};

/// What becomes of imported keys that the bucket has with another entry; `refuse`: a bucket with other contents.
enum class Merge : std::uint8_t { refuse, keep, replace };
/// What a key and its entry must be; the message says what is wrong.
using EntryRule = std::function<Status(std::string_view key, const Entry& entry)>;

struct BucketImportOrder {
  EntryRule rule;
  std::optional<Cid> root;  ///< that the CAR must have; null: of an empty bucket
  Merge merge = Merge::refuse;
};

struct ImportedBucket {
  index::Root contents;  ///< of the CAR
  std::uint64_t blocks = 0;
  std::uint64_t added = 0, same = 0, replaced = 0, kept = 0;  ///< keys; `same` and the rest only of a merge
  std::vector<std::string> keptKeys;                          ///< the first of them
};

/// Takes all contents of a bucket (bucket_import.h). write() takes the CAR in pieces of any size. finish() makes them
/// those of the bucket in one commit, where it has none or is not there yet, and answers the same when it has just
/// these; else, as `merge` says, bucket_not_empty, or key by key in several commits: after a failure some may be done,
/// and the import may be run again. Entries are taken as they are, times included. Faults: those of ContentsWalk and of
/// commits, bucket_exists. After a failure the import is over. One call at a time.
class BucketImport {
 public:
  virtual ~BucketImport() = default;
  virtual Task<Outcome<void>> write(BytesView piece) = 0;
  virtual Task<Outcome<ImportedBucket>> finish() = 0;
};

/// Bytes of a range, block by block, with read-ahead.
class ContentReader {
 public:
  struct Piece {
    blocks::BlockData block;  ///< keeps the bytes alive
    BytesView bytes;          ///< empty at the end
  };
  virtual ~ContentReader() = default;
  virtual Task<Result<Piece>> next() = 0;
};

struct ListQuery {
  std::string prefix, delimiter;
  std::string after;  ///< exclusive; an object key, or a common prefix that was already given
  std::size_t limit = 1000;
};
struct ListPage {
  struct Item {
    std::string key;
    Entry entry;
  };
  std::vector<Item> items;
  std::vector<std::string> prefixes;
  bool truncated = false;
  std::string last;  ///< continue with after = last
};

struct PartInfo {
  std::uint32_t number = 0;
  Part part;
};
struct UploadInfo {
  std::string key, id;
  Upload upload;
};
struct UploadsPage {
  std::vector<UploadInfo> uploads;
  std::vector<std::string> prefixes;
  bool truncated = false;
  std::string lastKey, lastId;
};
struct CompletePart {
  std::uint32_t number = 0;
  std::string etag;                  ///< without quotes
  std::optional<Checksum> checksum;  ///< compared when given
};

struct Statistics {
  std::uint64_t keys = 0, bytes = 0, uploads = 0;
};

/// An immutable root of a bucket: every read through it is of that one state.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual const BucketId& bucket() const = 0;
  virtual const registry::RootRow& row() const = 0;
  virtual Timestamp created() const = 0;  ///< of the bucket
  virtual Statistics statistics() const = 0;
  virtual Cid contentsRoot() const = 0;           ///< the index root; null when the bucket is empty
  virtual const std::string& policy() const = 0;  ///< as setPolicy() was given it; empty: none
  virtual Task<Outcome<std::optional<Entry>>> get(std::string key) = 0;
  virtual Task<Outcome<ListPage>> list(ListQuery query) = 0;
  virtual Task<Outcome<std::optional<Upload>>> upload(std::string key, std::string id) = 0;
  virtual Task<Outcome<std::vector<PartInfo>>> parts(std::string key, std::string id, std::uint32_t after,
                                                     std::size_t limit) = 0;
  virtual Task<Outcome<UploadsPage>> uploads(ListQuery query, std::string afterId) = 0;
};
using SnapshotPtr = std::shared_ptr<Snapshot>;

struct BucketInfo {
  BucketId bucket;
  Timestamp created;
  registry::RootRow row;
};

struct DeleteItem {
  std::string key;
  WriteConditions conditions;
};

class Past;

class Service {
 public:
  virtual ~Service() = default;
  /// What the buckets were (past.h). Lives as long as the service.
  virtual Past& past() = 0;

  /// The caller's own bucket of that name, else the one that holds it as a fleet-wide alias, which may have another
  /// name. No caller owns none.
  virtual Task<Outcome<BucketId>> resolve(OwnerId caller, BucketName name) = 0;
  virtual Task<Outcome<void>> createBucket(BucketId bucket) = 0;
  virtual Task<Outcome<void>> deleteBucket(BucketId bucket) = 0;
  /// What the bucket opens to everybody, for the doors to understand; at most kMaxPolicyText bytes, "" for nothing.
  /// Once it is done, or may be, `row` is appended to the audit log with its outcome; where that fails, the log says so
  /// and the call succeeds (docs/decisions/0015-opening.md).
  virtual Task<Outcome<void>> setPolicy(BucketId bucket, std::string policy, registry::AuditRow row) = 0;
  virtual Task<Outcome<std::vector<BucketInfo>>> listBuckets(OwnerId owner) = 0;

  /// The current root. Errors: no_such_bucket, unavailable.
  virtual Task<Outcome<SnapshotPtr>> snapshot(BucketId bucket) = 0;

  /// `sizeHint` (0: unknown) sizes buffers. `tap`, if any, sees every leaf.
  virtual std::unique_ptr<ContentWriter> writeContent(std::uint64_t sizeHint, LeafTap tap) = 0;
  std::unique_ptr<ContentWriter> writeContent(std::uint64_t sizeHint) { return writeContent(sizeHint, {}); }
  virtual std::unique_ptr<ContentImport> importContent() = 0;
  virtual std::unique_ptr<BucketImport> importBucket(BucketId bucket, BucketImportOrder order) = 0;
  /// `length` bytes from `offset`; the caller has clamped both to entry.size.
  virtual std::unique_ptr<ContentReader> readContent(const Cid& content, std::uint64_t offset,
                                                     std::uint64_t length) = 0;

  /// `entry.content/size` are those of `content`; `modified` is set by the service. Returns the entry as committed.
  virtual Task<Outcome<Entry>> putObject(BucketId bucket, std::string key, Entry entry, Content content,
                                         WriteConditions conditions) = 0;
  /// Server-side copy: the content link is reused. `source` was read from a snapshot of any bucket the caller may read.
  virtual Task<Outcome<Entry>> copyObject(BucketId bucket, std::string key, Entry source,
                                          WriteConditions conditions) = 0;
  /// All of an object's tags, in place of those it had. Errors: no_such_key.
  virtual Task<Outcome<void>> setTags(BucketId bucket, std::string key, std::map<std::string, std::string> tags) = 0;
  /// True when there was something to delete. Deleting nothing succeeds, on a base proved current.
  virtual Task<Outcome<bool>> deleteObject(BucketId bucket, std::string key, WriteConditions conditions) = 0;
  /// One answer an item, in order; all in one commit.
  virtual Task<Outcome<std::vector<Outcome<bool>>>> deleteObjects(BucketId bucket, std::vector<DeleteItem> items) = 0;

  /// Returns the upload id.
  virtual Task<Outcome<std::string>> createUpload(BucketId bucket, std::string key, Upload upload) = 0;
  virtual Task<Outcome<void>> putPart(BucketId bucket, std::string key, std::string id, std::uint32_t number, Part part,
                                      Content content) = 0;
  /// `expected`: a full-object checksum to compare with, when the client gave one. Repeated after it succeeded, it
  /// succeeds again as long as the object stands.
  virtual Task<Outcome<Entry>> completeUpload(BucketId bucket, std::string key, std::string id,
                                              std::vector<CompletePart> parts, std::optional<Checksum> expected,
                                              WriteConditions conditions) = 0;
  virtual Task<Outcome<void>> abortUpload(BucketId bucket, std::string key, std::string id) = 0;
};

}  // namespace cairn::bucket
