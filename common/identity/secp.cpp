#include "common/identity/secp.h"

#include <secp256k1.h>

#include <algorithm>
#include <cstring>

#include "common/identity/secp_context.h"

namespace cairn::identity {
namespace {

void wipe(std::span<std::uint8_t> bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace

SecretKey SecretKey::generate(const std::function<void(std::span<std::uint8_t>)>& fill) {
  SecretKey key;
  do {
    fill(key.bytes_);
  } while (secp256k1_ec_seckey_verify(context(), key.bytes_.data()) != 1);
  return key;
}

Result<SecretKey> SecretKey::parse(BytesView bytes) {
  if (bytes.size() != 32 || secp256k1_ec_seckey_verify(context(), bytes.data()) != 1)
    return fail(Errc::invalid, "not a secp256k1 secret key");
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  wipe(other.bytes_);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  wipe(other.bytes_);
  return *this;
}

SecretKey::~SecretKey() {
  wipe(bytes_);
}

PublicKey SecretKey::publicKey() const {
  secp256k1_pubkey point;
  CAIRN_ASSERT(secp256k1_ec_pubkey_create(context(), &point, bytes_.data()) == 1);
  PublicKey out;
  std::size_t size = out.size();
  secp256k1_ec_pubkey_serialize(context(), out.data(), &size, &point, SECP256K1_EC_COMPRESSED);
  return out;
}

Signature SecretKey::sign(const Digest& digest) const {
  secp256k1_ecdsa_signature made;
  CAIRN_ASSERT(secp256k1_ecdsa_sign(context(), &made, digest.data(), bytes_.data(), nullptr, nullptr) == 1);
  Signature out;
  secp256k1_ecdsa_signature_serialize_compact(context(), out.data(), &made);
  return out;
}

Result<PublicKey> parsePublicKey(BytesView bytes) {
  secp256k1_pubkey point;
  if (bytes.size() != 33 || secp256k1_ec_pubkey_parse(context(), &point, bytes.data(), bytes.size()) != 1)
    return fail(Errc::invalid, "not a compressed secp256k1 public key");
  PublicKey key;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

std::array<std::uint8_t, 64> uncompressed(const PublicKey& key) {
  secp256k1_pubkey point;
  CAIRN_ASSERT(secp256k1_ec_pubkey_parse(context(), &point, key.data(), key.size()) == 1);
  return coordinates(point);
}

bool verify(const PublicKey& key, const Digest& digest, const Signature& signature) {
  secp256k1_pubkey point;
  secp256k1_ecdsa_signature parsed;
  return secp256k1_ec_pubkey_parse(context(), &point, key.data(), key.size()) == 1 &&
         secp256k1_ecdsa_signature_parse_compact(context(), &parsed, signature.data()) == 1 &&
         secp256k1_ecdsa_verify(context(), &parsed, digest.data(), &point) == 1;
}

}  // namespace cairn::identity
