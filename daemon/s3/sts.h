// The Security Token Service on the S3 door: a wallet's token in, session credentials out.
//
// Contract: thread-safe. wants() says whether a request is one for this service: an unsigned form posted to "/".
// answer() reads the form and always gives a Reply, an error in STS's XML too; it stores nothing. Taken is
// AssumeRoleWithWebIdentity (AWS Security Token Service API Reference, 2011-06-15): WebIdentityToken is a wallet's
// token, DurationSeconds 900 to 43200 (3600 unless given), cut at the token's own end; RoleArn, RoleSessionName and
// ProviderId may say anything. Other parameters (Policy, PolicyArns) are refused: a session has the token's scope.
// Other actions: InvalidAction.
#pragma once

#include "daemon/auth/sessions.h"
#include "daemon/auth/wallet_tokens.h"
#include "daemon/s3/handlers.h"

namespace cairn::s3 {

class Sts {
 public:
  Sts(auth::WalletTokens& tokens, const auth::Sessions& sessions) : tokens_(tokens), sessions_(sessions) {}

  static bool wants(const http::Request& request);
  Task<Reply> answer(const http::Request& request, http::BodyReader& body, Timestamp now, std::string requestId);

 private:
  auth::WalletTokens& tokens_;
  const auth::Sessions& sessions_;
};

}  // namespace cairn::s3
