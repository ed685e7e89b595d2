// What the tests of the quorum commit: roots that reach nothing.
//
// Contract: rootOf(n) is a block of its own for each n below 156.
#pragma once

#include "daemon/blocks/store.h"

namespace cairn::pinning {

inline const BucketId kBucket{OwnerId("alice"), BucketName("photos")};

inline blocks::Block rootOf(std::uint8_t n = 0) {
  Bytes data{0x18, static_cast<std::uint8_t>(100 + n)};
  return {Cid::of(Codec::dag_cbor, data), blocks::BlockData::own(std::move(data))};
}

}  // namespace cairn::pinning
