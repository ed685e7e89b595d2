#include "daemon/auth/access_key_seal.h"

#include <openssl/crypto.h>

#include "common/cid/cbor.h"

namespace cairn::auth {
namespace {

constexpr std::uint8_t kVersion = 2;

std::string purposeV1(const registry::AccessKeyRow& row) {
  return "cairn access key " + row.id;
}

/// A canonical DAG-CBOR array, so that no two rows have the same.
std::string purposeV2(const registry::AccessKeyRow& row) {
  Bytes out;
  cbor::Writer w(out);
  w.array(5);
  w.text("cairn access key 2");
  w.text(row.id);
  w.text(row.owner.get());
  w.text(row.scope);
  w.integer(row.expiresAt.get());
  return std::string(asText(out));
}

std::optional<Secret> take(std::optional<Bytes> plain) {
  if (!plain) return std::nullopt;
  Secret secret{asText(*plain)};
  OPENSSL_cleanse(plain->data(), plain->size());
  return secret;
}

std::optional<Secret> openWhole(const SealKey& key, const registry::AccessKeyRow& row) {
  const BytesView sealed = row.sealedSecret;
  if (sealed.empty() || sealed.front() != kVersion) return std::nullopt;
  return take(key.open(purposeV2(row), sealed.subspan(1)));
}

}  // namespace

Bytes sealSecret(const SealKey& key, const registry::AccessKeyRow& row, std::string_view secret, Random& random) {
  Bytes out{kVersion};
  append(out, key.seal(purposeV2(row), asBytes(secret), random));
  return out;
}

std::optional<Secret> openSecret(const SealKey& key, const registry::AccessKeyRow& row) {
  // A row of version 1 begins with random bytes, which may be those of version 2.
  if (auto whole = openWhole(key, row)) return whole;
  return take(key.open(purposeV1(row), row.sealedSecret));
}

bool boundWhole(const SealKey& key, const registry::AccessKeyRow& row) {
  return openWhole(key, row).has_value();
}

}  // namespace cairn::auth
