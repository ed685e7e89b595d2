#include "common/identity/recoverable.h"

#include <secp256k1_recovery.h>

#include <algorithm>

#include "common/identity/secp_context.h"

namespace cairn::identity {
namespace {

using Scalar = std::array<std::uint8_t, 32>;

constexpr Scalar kOrder = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                           0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
// (n - 1) / 2: the greatest s that is low.
constexpr Scalar kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                               0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

bool isZero(BytesView scalar) {
  return std::all_of(scalar.begin(), scalar.end(), [](std::uint8_t byte) { return byte == 0; });
}
bool less(BytesView a, const Scalar& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}
bool greater(BytesView a, const Scalar& b) {
  return std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end());
}

bool taken(std::uint8_t v, VPolicy policy) {
  return v == 27 || v == 28 || (policy == VPolicy::also_0_1 && v <= 1);
}

}  // namespace

std::string_view explain(SignatureFault fault) {
  switch (fault) {
    case SignatureFault::length:
      return "it is not 65 bytes (r, s, v)";
    case SignatureFault::v:
      return "its last byte (v) is not one that is taken here";
    case SignatureFault::r_zero:
      return "its r is zero";
    case SignatureFault::r_range:
      return "its r is not below the order of the curve";
    case SignatureFault::s_zero:
      return "its s is zero";
    case SignatureFault::s_range:
      return "its s is not below the order of the curve";
    case SignatureFault::high_s:
      return "its s is in the upper half (high s); wallets and libraries make low s";
    case SignatureFault::no_key:
      return "no public key can have made it";
  }
  return "it is malformed";
}

SignatureResult<RecoverableSignature> RecoverableSignature::parse(BytesView bytes, VPolicy policy) {
  if (bytes.size() != 65) return SignatureFault::length;
  const std::uint8_t v = bytes[64];
  const BytesView r = bytes.first(32), s = bytes.subspan(32, 32);
  if (!taken(v, policy)) return SignatureFault::v;
  if (isZero(r)) return SignatureFault::r_zero;
  if (!less(r, kOrder)) return SignatureFault::r_range;
  if (isZero(s)) return SignatureFault::s_zero;
  if (!less(s, kOrder)) return SignatureFault::s_range;
  if (greater(s, kHalfOrder)) return SignatureFault::high_s;
  RecoverableSignature signature;
  std::copy(bytes.begin(), bytes.end(), signature.bytes_.begin());
  if (v <= 1) signature.bytes_[64] = static_cast<std::uint8_t>(v + 27);
  return signature;
}

RecoverableSignature RecoverableSignature::sign(const SecretKey& key, const Digest& digest) {
  secp256k1_ecdsa_recoverable_signature made;
  CAIRN_ASSERT(
      secp256k1_ecdsa_sign_recoverable(context(), &made, digest.data(), key.bytes().data(), nullptr, nullptr) == 1);
  RecoverableSignature out;
  int parity = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), out.bytes_.data(), &parity, &made);
  // 2 and 3 stand for an r that was reduced by the order: one in 2^127, and no wallet's v can say it.
  CAIRN_ASSERT(parity == 0 || parity == 1);
  out.bytes_[64] = static_cast<std::uint8_t>(27 + parity);
  return out;
}

SignatureResult<Address> RecoverableSignature::recover(const Digest& digest) const {
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, bytes_.data(), bytes_[64] - 27) != 1 ||
      secp256k1_ecdsa_recover(context(), &point, &parsed, digest.data()) != 1)
    return SignatureFault::no_key;
  return Address::ofPoint(coordinates(point));
}

}  // namespace cairn::identity
