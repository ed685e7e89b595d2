// HMAC-SHA256 (RFC 2104, FIPS 198-1) and comparison in constant time.
//
// Contract: pure, any thread, no allocation after a thread's first call. sameSecret() takes a time that depends on the
// lengths only.
#pragma once

#include <string_view>

#include "common/base/bytes.h"
#include "daemon/auth/body_plan.h"

namespace cairn::auth {

Sha256Digest hmacSha256(BytesView key, BytesView message);
inline Sha256Digest hmacSha256(BytesView key, std::string_view message) {
  return hmacSha256(key, asBytes(message));
}

bool sameSecret(BytesView a, BytesView b);
inline bool sameSecret(std::string_view a, std::string_view b) {
  return sameSecret(asBytes(a), asBytes(b));
}

}  // namespace cairn::auth
