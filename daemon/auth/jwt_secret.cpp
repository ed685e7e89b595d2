#include "daemon/auth/jwt_secret.h"

#include "common/cid/cbor.h"

namespace cairn::auth {

Bytes wrapJwtKey(const KeyEncryptionKey& kek, const std::string& sharedKey, const JwtKey& key, Random& random) {
  Bytes plain;
  plain.reserve(key.keyId.size() + key.secret.view().size() + 16);  // growing would leave copies behind
  cbor::Writer w(plain);
  w.array(2);
  w.text(key.keyId);
  w.bytes(asBytes(key.secret.view()));
  Bytes wrapped = kek.wrapSecret(sharedKey, plain, random);
  wipe(plain);
  return wrapped;
}

Result<JwtKey> unwrapJwtKey(const KeyEncryptionKey& kek, const std::string& sharedKey, BytesView wrapped) {
  auto plain = kek.unwrapSecret(sharedKey, wrapped);
  if (!plain) return plain.error();
  cbor::Reader r(*plain);
  const auto two = r.array();
  const auto keyId = r.text();
  const auto secret = r.bytes();
  Result<JwtKey> key = fail(Errc::corrupt, "shared key " + sharedKey + " holds no secret of JSON web tokens");
  if (two && *two == 2 && keyId && secret && !secret->empty() && r.end())
    key = JwtKey{Secret(asText(*secret)), std::string(*keyId)};
  wipe(*plain);
  return key;
}

}  // namespace cairn::auth
