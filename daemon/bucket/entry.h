// What a bucket holds under a key, and the state of uploads in progress.
//
// Contract: plain values. encode/decode give and take canonical DAG-CBOR (docs/formats/bucket.md); decode treats its
// input as hostile and answers Errc::corrupt, or Errc::newer_version for fields of a later format. Any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/cid/cid.h"

namespace cairn::bucket {

/// An object's ETag: the MD5 of its bytes, or, for multipart, of its parts' MD5s and their number.
struct ETag {
  std::array<std::uint8_t, 16> md5{};
  std::uint32_t parts = 0;  ///< 0: put whole
  std::string str() const;  ///< without quotes: "<hex>" or "<hex>-<parts>"
  friend bool operator==(const ETag&, const ETag&) = default;
};

/// A checksum that a client asked us to keep (x-amz-checksum-*). `algorithm` is "CRC32", "CRC32C", "CRC64NVME", "SHA1"
/// or "SHA256"; `composite` when it is over the parts' checksums.
struct Checksum {
  std::string algorithm;
  Bytes value;
  bool composite = false;
  friend bool operator==(const Checksum&, const Checksum&) = default;
};

/// Names are lower case. `headers` are the ones S3 gives back as they came: content-type, cache-control,
/// content-disposition, content-encoding, content-language, expires, x-amz-website-redirect-location,
/// x-amz-storage-class. `metadata` are the x-amz-meta-* without that prefix.
struct Attributes {
  std::map<std::string, std::string> headers;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> tags;
  friend bool operator==(const Attributes&, const Attributes&) = default;
};

struct Entry {
  Cid content;  ///< UnixFS file, or a single raw leaf
  std::uint64_t size = 0;
  ETag etag;
  Timestamp modified;
  Attributes attributes;
  std::optional<Checksum> checksum;
  std::vector<std::uint64_t> partSizes;  ///< multipart only: for GET ?partNumber=
  std::string upload;                    ///< id of the upload that was completed to this; empty: none, or of a copy
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// The value under a key. The size is not in it: the index keeps it beside the value, as the item's weight.
Bytes encodeEntry(const Entry& entry);
Result<Entry> decodeEntry(BytesView item, std::uint64_t size);

/// An upload in progress, and one part of it.
struct Upload {
  Timestamp started;
  OwnerId initiator;
  Attributes attributes;
  std::string checksumAlgorithm;  ///< empty: none asked for
  bool fullObjectChecksum = false;
  friend bool operator==(const Upload&, const Upload&) = default;
};
struct Part {
  Cid content;
  std::uint64_t size = 0;
  std::array<std::uint8_t, 16> md5{};
  Timestamp modified;
  std::optional<Checksum> checksum;
  friend bool operator==(const Part&, const Part&) = default;
};

Bytes encodeUpload(const Upload& upload);
Result<Upload> decodeUpload(BytesView item);
Bytes encodePart(const Part& part);
Result<Part> decodePart(BytesView item, std::uint64_t size);

}  // namespace cairn::bucket
