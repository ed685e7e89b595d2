#include "common/identity/keccak.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace cairn::identity {
namespace {

using Lanes = std::array<std::uint64_t, 25>;

constexpr std::array<std::uint64_t, 24> kRoundConstants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

/// Which lane rho and pi bring to a place, and by how much it is turned on the way.
struct Source {
  std::size_t from;
  int turn;
};
constexpr std::array<Source, 25> sources() {
  std::array<Source, 25> all{};
  std::size_t x = 1, y = 0;
  for (int t = 0; t < 24; ++t) {
    const std::size_t nextX = y, nextY = (2 * x + 3 * y) % 5;
    all[nextX + 5 * nextY] = {x + 5 * y, (t + 1) * (t + 2) / 2 % 64};
    x = nextX, y = nextY;
  }
  return all;
}
constexpr auto kSources = sources();

// Loops of constant length with every index known at compile time, so that the compiler unrolls a round completely. A
// row at a time: five lanes fit the registers, all 25 would go through the stack (a quarter slower).
inline void round(const Lanes& in, Lanes& out, std::uint64_t constant) {
  std::uint64_t c[5], d[5];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) c[x] = in[x] ^ in[x + 5] ^ in[x + 10] ^ in[x + 15] ^ in[x + 20];
#pragma GCC unroll 5
  for (std::size_t x = 0; x < 5; ++x) d[x] = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
#pragma GCC unroll 5
  for (std::size_t row = 0; row < 25; row += 5) {
    std::uint64_t b[5];
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) {
      const Source source = kSources[row + x];
      b[x] = std::rotl(in[source.from] ^ d[source.from % 5], source.turn);
    }
#pragma GCC unroll 5
    for (std::size_t x = 0; x < 5; ++x) out[row + x] = b[x] ^ (~b[(x + 1) % 5] & b[(x + 2) % 5]);
  }
  out[0] ^= constant;
}

void permute(Lanes& lanes) {
  Lanes a = lanes, b;
  for (std::size_t r = 0; r < kRoundConstants.size(); r += 2) {
    round(a, b, kRoundConstants[r]);
    round(b, a, kRoundConstants[r + 1]);
  }
  lanes = a;
}

std::uint64_t littleEndian(const std::uint8_t* from) {
  std::uint64_t lane;
  std::memcpy(&lane, from, 8);
  if constexpr (std::endian::native == std::endian::big) lane = __builtin_bswap64(lane);
  return lane;
}

}  // namespace

/// Bytes that do not reach the end of the block.
void Keccak256::absorb(BytesView bytes) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left > 0 && filled_ % 8 != 0; --left, ++at, ++filled_)
    state_[filled_ / 8] ^= std::uint64_t{*at} << filled_ % 8 * 8;
  for (; left >= 8; left -= 8, at += 8, filled_ += 8) state_[filled_ / 8] ^= littleEndian(at);
  for (; left > 0; --left, ++at, ++filled_) state_[filled_ / 8] ^= std::uint64_t{*at} << filled_ % 8 * 8;
}

Keccak256& Keccak256::update(BytesView bytes) {
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kRate - filled_);
    absorb(bytes.first(taken));
    bytes = bytes.subspan(taken);
    if (filled_ < kRate) continue;
    permute(state_);
    filled_ = 0;
  }
  return *this;
}

Digest Keccak256::finish() {
  state_[filled_ / 8] ^= std::uint64_t{0x01} << filled_ % 8 * 8;
  state_[kRate / 8 - 1] ^= std::uint64_t{0x80} << 56;
  permute(state_);
  Digest digest;
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t lane = state_[i];
    if constexpr (std::endian::native == std::endian::big) lane = __builtin_bswap64(lane);
    std::memcpy(digest.data() + 8 * i, &lane, 8);
  }
  return digest;
}

Digest keccak256(BytesView bytes) {
  return Keccak256().update(bytes).finish();
}

}  // namespace cairn::identity
