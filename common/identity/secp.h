// Key pairs and signatures on secp256k1 (SEC 2), by libsecp256k1: nonces of RFC 6979, compact r||s with low s.
//
// Contract: values and pure functions, any thread. A SecretKey wipes its bytes when it is destroyed, is never printed,
// and cannot be copied. Public keys are compressed, 33 bytes. verify() refuses a high s, so a signature has one
// spelling. Signatures from which wallets are recovered are in recoverable.h.
#pragma once

#include <array>
#include <functional>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/identity/keccak.h"

namespace cairn::identity {

using PublicKey = std::array<std::uint8_t, 33>;
using Signature = std::array<std::uint8_t, 64>;

class SecretKey {
 public:
  /// Asks `fill` for 32 random bytes until they are a valid key (in practice once).
  static SecretKey generate(const std::function<void(std::span<std::uint8_t>)>& fill);
  /// Errc::invalid unless 32 bytes in [1, n).
  static Result<SecretKey> parse(BytesView bytes);
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  ~SecretKey();

  /// The secret itself, for the file that keeps it.
  BytesView bytes() const { return bytes_; }
  PublicKey publicKey() const;
  Signature sign(const Digest& digest) const;

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 32> bytes_{};
};

/// Errc::invalid unless a compressed point on the curve.
Result<PublicKey> parsePublicKey(BytesView bytes);
/// The point's x and y. The key must have come from parsePublicKey() or publicKey().
std::array<std::uint8_t, 64> uncompressed(const PublicKey& key);
bool verify(const PublicKey& key, const Digest& digest, const Signature& signature);

}  // namespace cairn::identity
