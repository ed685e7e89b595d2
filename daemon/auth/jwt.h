// JSON Web Tokens signed with HS256 (RFC 7519, RFC 7515), read strictly.
//
// Contract: verifyJwt() is pure and thread-safe; the owner is the token's `sub`. Refused with token_refused: any alg
// but HS256, a `typ` other than JWT, a `crit` header, a `kid` that no key has while every key has one, a signature that
// none of the keys made that the token may name (one without a kid may be of any), more than 8 KiB, padding, stray
// trailing bits or other characters in base64url, JSON that is not one object, has a doubled key, invalid UTF-8 or is
// nested deeper than 16, a missing or empty `sub`, one over 256 bytes or with control characters, one that looks like a
// wallet's address (0x and 40 hex digits) unless addressSubjects, another `aud` or `iss` than configured, a date that
// is not a number, `nbf` or `iat` more than 300 s ahead. `exp` is checked when present; token_expired when it has
// passed. Claims are looked at only once the signature is right: who cannot sign learns nothing of what is asked for.
// While not all keys are known, a token that none of the known ones signed is `unavailable`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "common/base/secret.h"
#include "daemon/auth/failure.h"

namespace cairn::auth {

inline constexpr std::size_t kMaxJwtBytes = 8192;

/// A secret that tokens are signed with; never empty.
struct JwtKey {
  Secret secret;
  std::string keyId{};  ///< a token's `kid`; empty: it has none, and is tried for every token
};

/// Borrowed.
struct JwtKeys {
  std::span<const JwtKey> own;       ///< of this master's configuration
  std::span<const JwtKey> shared{};  ///< of the registry
  bool complete = true;              ///< false: the registry may have others by now
};

/// What a token must say.
struct JwtRules {
  std::optional<std::string> audience{};
  std::optional<std::string> issuer{};
  bool addressSubjects = false;
  bool requireExpiry = false;
};

struct JwtIdentity {
  OwnerId owner;
  std::optional<std::int64_t> expires;  ///< seconds since 1970
};

AuthResult<JwtIdentity> verifyJwt(std::string_view token, const JwtKeys& keys, const JwtRules& rules, Timestamp now);

}  // namespace cairn::auth
