// Strong types for names and numbers that must not be swapped by mistake.
//
// Contract: each is a value with equality, order and hash; conversion from the underlying type is explicit. None of
// them validates: the doors do (see daemon/s3 for S3's rules on bucket names and keys).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "common/base/bytes.h"

namespace cairn {

template <class Tag, class Rep>
class Strong {
 public:
  Strong() = default;
  explicit Strong(Rep v) : v_(std::move(v)) {}
  const Rep& get() const { return v_; }
  friend bool operator==(const Strong&, const Strong&) = default;
  friend auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Rep v_{};
};

using OwnerId = Strong<struct OwnerTag, std::string>;      ///< who a bucket belongs to; a JWT's `sub`, a wallet, a name
using BucketName = Strong<struct BucketTag, std::string>;  ///< S3 bucket name
using MasterId =
    Strong<struct MasterTag, std::string>;  ///< a node's configured name, e.g. "m1"; masters and storage nodes
using Version = Strong<struct VersionTag, std::uint64_t>;  ///< of a root pointer; 0 means "no row"; never restarts
using Epoch = Strong<struct EpochTag, std::uint64_t>;      ///< of a master's incarnation; fencing bumps it

/// A bucket is named by its owner and its name together.
struct BucketId {
  OwnerId owner;
  BucketName name;
  friend bool operator==(const BucketId&, const BucketId&) = default;
  friend auto operator<=>(const BucketId&, const BucketId&) = default;
};

/// Random, 16 bytes, one per commit attempt; recorded by the flip.
struct CommitId {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const CommitId&, const CommitId&) = default;
  friend auto operator<=>(const CommitId&, const CommitId&) = default;
  std::string hex() const { return toHex(bytes); }
};

/// Milliseconds since 1970-01-01T00:00:00Z.
using Timestamp = Strong<struct TimestampTag, std::int64_t>;

}  // namespace cairn

template <class Tag, class Rep>
struct std::hash<cairn::Strong<Tag, Rep>> {
  std::size_t operator()(const cairn::Strong<Tag, Rep>& s) const noexcept { return std::hash<Rep>{}(s.get()); }
};
template <>
struct std::hash<cairn::BucketId> {
  std::size_t operator()(const cairn::BucketId& b) const noexcept {
    return std::hash<cairn::OwnerId>{}(b.owner) * 1000003U ^ std::hash<cairn::BucketName>{}(b.name);
  }
};
