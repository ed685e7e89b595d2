#include "daemon/auth/payload_verifier.h"

#include "daemon/auth/hmac.h"

namespace cairn::auth {

AuthStatus PayloadVerifier::finish() {
  const auto actual = hash_.finish();
  if (sameSecret(actual, expected_)) return {};
  return refuse(AuthFailure::content_sha256_mismatch,
                "The provided 'x-amz-content-sha256' header does not match what was computed: the client says " +
                    toHex(expected_) + ", the body has " + toHex(actual) + ".");
}

}  // namespace cairn::auth
