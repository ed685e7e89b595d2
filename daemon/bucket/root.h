// The commit block that a root pointer names (docs/formats/bucket.md, "Root").
//
// Contract: a value; encode gives canonical DAG-CBOR, decode treats its input as hostile: Errc::corrupt, or
// Errc::newer_version for a later format. Equal contents have equal index roots whatever the uploads in progress.
#pragma once

#include "common/base/ids.h"
#include "daemon/bucket/index/tree.h"

namespace cairn::bucket {

inline constexpr std::uint64_t kRootFormat = 1;
inline constexpr std::size_t kMaxPolicyText = 2048;  ///< bytes

struct RootBlock {
  Timestamp created;    ///< of the bucket
  index::Root objects;  ///< key -> entry; weight is bytes of content
  index::Root uploads;  ///< key NUL id [NUL part] -> upload or part; weight is bytes of parts
  std::string policy;   ///< what the owner opened to everybody, in IAM's language; empty: nothing
  friend bool operator==(const RootBlock&, const RootBlock&) = default;
};

Bytes encodeRoot(const RootBlock& root);
Result<RootBlock> decodeRoot(BytesView block);

}  // namespace cairn::bucket
