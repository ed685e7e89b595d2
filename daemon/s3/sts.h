// The Security Token Service on the S3 door: a wallet's token, an access key or a session in, session credentials out.
//
// Contract: thread-safe. wants() says whether a request is one for this service: a form posted to "/", unsigned or
// signed for service sts. challenge() answers GET of kChallengePath, which is no bucket's name, with what a wallet
// needs before it can sign a token, without credentials: the same JSON as /auth/v1/challenge of the API listener.
// revoke() answers POST of kRevokePath with the audit row, or a problem, as POST /admin/v1/actions would, and takes
// only what wallets void of their own (own_revocations.h); without `own` there is no such page. answer() reads the form
// and always gives a Reply, an error in STS's XML too; it stores nothing, and sets `action` to the one asked for, if
// there is such a one. Taken are AssumeRoleWithWebIdentity (WebIdentityToken is a wallet's token) and, signed by an
// access key of the registry or by a session, AssumeRole; AWS Security Token Service API Reference, 2011-06-15.
// DurationSeconds is 900 to 43200 (3600 unless given), cut at the end of what the session is made from; RoleArn,
// RoleSessionName and ProviderId may say anything. Policy (policy.h) narrows the scope of what it is made from, never
// widens it; one that a scope cannot express is MalformedPolicyDocument. Other parameters (PolicyArns) are refused.
// Other actions: InvalidAction.
#pragma once

#include "daemon/auth/own_revocations.h"
#include "daemon/auth/sessions.h"
#include "daemon/auth/sts_signer.h"
#include "daemon/auth/wallet_tokens.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/sts_form.h"

namespace cairn::s3 {

/// No bucket's name begins with a dot.
inline constexpr std::string_view kChallengePath = "/.cairn/v1/challenge", kRevokePath = "/.cairn/v1/revoke";

class Sts {
 public:
  Sts(auth::WalletTokens& tokens, const auth::Sessions& sessions, auth::StsSigner signer,
      auth::OwnRevocations* own = nullptr)
      : tokens_(tokens), sessions_(sessions), signer_(std::move(signer)), own_(own) {}

  static bool wants(const http::Request& request);
  static bool has(std::string_view path) { return path == kChallengePath || path == kRevokePath; }
  Answer<Reply> challenge(const http::Request& request, Timestamp now) const;
  Task<Answer<Reply>> revoke(const http::Request& request, http::BodyReader& body);
  Task<Reply> answer(const http::Request& request, http::BodyReader& body, Timestamp now, std::string requestId,
                     std::string_view& action);

 private:
  Task<StsResult<auth::Session>> byWallet(const StsForm& form, Timestamp now);
  Task<Result<registry::AuditRow>> revoked(http::BodyReader& body, std::string from);
  StsResult<auth::Session> bySigner(const http::Request& request, BytesView body, Timestamp now) const;

  auth::WalletTokens& tokens_;
  const auth::Sessions& sessions_;
  auth::StsSigner signer_;
  auth::OwnRevocations* own_;
};

}  // namespace cairn::s3
