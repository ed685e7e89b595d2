#include "common/identity/scrypt.h"

#include <openssl/evp.h>

#include <bit>
#include <cstring>

#include "common/base/result.h"
#include "common/identity/wiped.h"

namespace cairn::identity {
namespace {

// Salsa20's words are little-endian; so is every machine that Cairn builds on.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kWords = 16;  ///< of a 64-byte block of Salsa20

inline void quarter(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d) {
  b ^= std::rotl(a + d, 7);
  c ^= std::rotl(b + a, 9);
  d ^= std::rotl(c + b, 13);
  a ^= std::rotl(d + c, 18);
}

/// Salsa20/8.
void salsa(std::uint32_t (&block)[kWords]) {
  std::uint32_t x[kWords];
  std::memcpy(x, block, sizeof x);
  for (int i = 0; i < 4; ++i) {
    quarter(x[0], x[4], x[8], x[12]), quarter(x[5], x[9], x[13], x[1]);
    quarter(x[10], x[14], x[2], x[6]), quarter(x[15], x[3], x[7], x[11]);
    quarter(x[0], x[1], x[2], x[3]), quarter(x[5], x[6], x[7], x[4]);
    quarter(x[10], x[11], x[8], x[9]), quarter(x[15], x[12], x[13], x[14]);
  }
  for (std::size_t i = 0; i < kWords; ++i) block[i] += x[i];
}

/// scryptBlockMix of 2r blocks.
void mixBlocks(const std::uint32_t* in, std::uint32_t* out, std::size_t r) {
  std::uint32_t x[kWords];
  std::memcpy(x, in + (2 * r - 1) * kWords, sizeof x);
  for (std::size_t i = 0; i < 2 * r; ++i) {
    for (std::size_t k = 0; k < kWords; ++k) x[k] ^= in[i * kWords + k];
    salsa(x);
    // Even blocks first, odd ones behind them.
    std::memcpy(out + (i / 2 + i % 2 * r) * kWords, x, sizeof x);
  }
}

/// scryptROMix of one chunk; `v` has room for n chunks, `spare` for one.
void mixMemory(std::uint32_t* chunk, std::uint32_t* v, std::uint32_t* spare, std::uint64_t n, std::size_t r) {
  const std::size_t words = 2 * r * kWords;
  for (std::uint64_t i = 0; i < n; ++i) {
    std::memcpy(v + i * words, chunk, words * sizeof *chunk);
    mixBlocks(v + i * words, chunk, r);
  }
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t low = chunk[words - kWords], high = chunk[words - kWords + 1];
    const std::uint32_t* from = v + ((high << 32 | low) & (n - 1)) * words;
    for (std::size_t k = 0; k < words; ++k) spare[k] = chunk[k] ^ from[k];
    mixBlocks(spare, chunk, r);
  }
}

}  // namespace

bool pbkdf2(std::string_view password, BytesView salt, int iterations, std::span<std::uint8_t> out) {
  return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                           static_cast<int>(salt.size()), iterations, EVP_sha256(), static_cast<int>(out.size()),
                           out.data()) == 1;
}

bool scrypt(std::string_view password, BytesView salt, const ScryptCost& cost, std::span<std::uint8_t> out) {
  CAIRN_ASSERT(std::has_single_bit(cost.n) && cost.n > 1 && cost.r > 0 && cost.p > 0);
  const std::size_t words = std::size_t{2} * cost.r * kWords;
  WipedHeap<std::uint32_t> chunks(words * cost.p), spare(words), v(words * cost.n);
  if (chunks.data() == nullptr || spare.data() == nullptr || v.data() == nullptr) return false;
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(chunks.data()), words * 4 * cost.p);
  if (!pbkdf2(password, salt, 1, bytes)) return false;
  for (std::size_t i = 0; i < cost.p; ++i) mixMemory(chunks.data() + i * words, v.data(), spare.data(), cost.n, cost.r);
  return pbkdf2(password, bytes, 1, out);
}

}  // namespace cairn::identity
