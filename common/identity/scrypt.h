// scrypt (RFC 7914), for key files. OpenSSL has one too, but it holds to the RFC's bound n < 2^(16 r), which the
// definition of the Web3 Secret Storage breaks in its own test vector (n = 2^18, r = 1).
//
// Contract: pure, any thread. n is a power of two over 1, r and p at least 1, and the caller has bounded them: it takes
// 128 r (n + p) bytes, wiped afterwards, and time in proportion to n r p. False when there is no memory for it.
#pragma once

#include <span>
#include <string_view>

#include "common/base/bytes.h"

namespace cairn::identity {

struct ScryptCost {
  std::uint64_t n = 131072;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};

bool scrypt(std::string_view password, BytesView salt, const ScryptCost& cost, std::span<std::uint8_t> out);

/// PBKDF2 with HMAC-SHA-256 (RFC 8018).
bool pbkdf2(std::string_view password, BytesView salt, int iterations, std::span<std::uint8_t> out);

}  // namespace cairn::identity
