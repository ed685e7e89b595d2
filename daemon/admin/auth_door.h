// What a wallet needs before it can sign a token: the fleet's name and a challenge.
//
// Contract: on the API listener, without credentials: GET /auth/v1/challenge gives {"fleet","nonce","expires"}: the
// nonce goes into one version-2 token, which must be shown to some master before `expires` (seconds since 1970). 404
// while `auth.eip712` is off (`tokens` null). Thread-safe; stores nothing. docs/openapi.yaml describes it.
#pragma once

#include "daemon/auth/wallet_tokens.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"

namespace cairn::admin {

class AuthDoor {
 public:
  AuthDoor(const auth::WalletTokens* tokens, Clock& clock) : tokens_(tokens), clock_(clock) {}

  static bool serves(std::string_view path) { return path.starts_with("/auth/"); }
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);

 private:
  const auth::WalletTokens* tokens_;
  Clock& clock_;
};

}  // namespace cairn::admin
