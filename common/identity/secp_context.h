// The one libsecp256k1 context, and the form of a point that addresses are made of.
//
// Contract: internal to common/identity. The context is made once and is read-only from then on; any thread.
#pragma once

#include <secp256k1.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace cairn::identity {

inline const secp256k1_context* context() {
  static const secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  return made;
}

/// x and y, big-endian.
inline std::array<std::uint8_t, 64> coordinates(const secp256k1_pubkey& point) {
  std::array<std::uint8_t, 65> serialized;
  std::size_t size = serialized.size();
  secp256k1_ec_pubkey_serialize(context(), serialized.data(), &size, &point, SECP256K1_EC_UNCOMPRESSED);
  std::array<std::uint8_t, 64> out;
  std::copy(serialized.begin() + 1, serialized.end(), out.begin());
  return out;
}

}  // namespace cairn::identity
