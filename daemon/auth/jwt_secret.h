// A secret of JSON Web Tokens as it lies in the registry: wrapped under the key-encryption key, together with its kid.
//
// Contract: pure, any thread. wrapJwtKey() binds secret and kid to the shared key's id; unwrapJwtKey() gives them back,
// or Errc::corrupt for whatever that key-encryption key did not wrap as that. docs/formats/jwt.md.
#pragma once

#include "daemon/auth/jwt.h"
#include "daemon/auth/sealing.h"

namespace cairn::auth {

inline constexpr std::size_t kMaxJwtSecret = 1024, kMaxJwtKeyId = 256;  ///< bytes

Bytes wrapJwtKey(const KeyEncryptionKey& kek, const std::string& sharedKey, const JwtKey& key, Random& random);
Result<JwtKey> unwrapJwtKey(const KeyEncryptionKey& kek, const std::string& sharedKey, BytesView wrapped);

}  // namespace cairn::auth
