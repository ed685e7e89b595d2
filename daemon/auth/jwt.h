// JSON Web Tokens signed with HS256 (RFC 7519, RFC 7515), read strictly.
//
// Contract: verifyJwt() is pure and thread-safe; the owner is the token's `sub`. Refused with invalid_token: any alg
// but HS256, a `typ` other than JWT, a `crit` header, a `kid` other than the configured one, more than 8 KiB, padding,
// stray trailing bits or other characters in base64url, JSON that is not one object, has a doubled key, invalid UTF-8
// or is nested deeper than 16, a missing or empty `sub`, one over 256 bytes or with control characters, one that looks
// like a wallet's address (0x and 40 hex digits) unless addressSubjects, another `aud` or `iss` than configured, a date
// that is not a number, `nbf` or `iat` more than 300 s ahead. `exp` is checked when present; expired_token when it has
// passed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "common/base/secret.h"
#include "daemon/auth/failure.h"

namespace cairn::auth {

inline constexpr std::size_t kMaxJwtBytes = 8192;

/// `secret` is read from a file that the configuration names, never from the command line.
struct JwtConfig {
  Secret secret{};
  std::optional<std::string> audience{};
  std::optional<std::string> issuer{};
  std::optional<std::string> keyId{};
  bool addressSubjects = false;
  bool requireExpiry = false;
};

struct JwtIdentity {
  OwnerId owner;
  std::optional<std::int64_t> expires;  ///< seconds since 1970
};

AuthResult<JwtIdentity> verifyJwt(std::string_view token, const JwtConfig& config, Timestamp now);

}  // namespace cairn::auth
