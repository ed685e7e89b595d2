// Keccak-256 as Ethereum uses it: the padding of the competition's winner, not that of SHA3-256 (FIPS 202).
//
// Contract: a Keccak256 is fed with update() and closed once by finish(), which may not be followed by anything; a copy
// taken before goes its own way. Pure, any thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/bytes.h"

namespace cairn::identity {

using Digest = std::array<std::uint8_t, 32>;

class Keccak256 {
 public:
  Keccak256& update(BytesView bytes);
  Digest finish();

 private:
  static constexpr std::size_t kRate = 136;
  void absorb(BytesView bytes);

  std::array<std::uint64_t, 25> state_{};
  std::size_t filled_ = 0;  ///< bytes of the current block that are in the state already
};

Digest keccak256(BytesView bytes);

}  // namespace cairn::identity
