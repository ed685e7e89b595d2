// Whether what a signed request states may hold here and now, before its signature is compared.
//
// Contract: internal to daemon/auth; pure but for look-ups, thread-safe. checkRegion() and checkTime() answer with S3's
// errors for the form (header or presigned). keyFor() finds the secret it must be signed with: the session's with a
// security token, else the access key's own; unavailable while what is known of shared keys is stale, as usableKey().
#pragma once

#include "daemon/auth/authenticator.h"
#include "daemon/auth/sigv4.h"

namespace cairn::auth {

AuthStatus checkRegion(const AuthConfig& config, const SignedClaims& claims);
AuthStatus checkTime(const AuthConfig& config, const SignedClaims& claims, Timestamp now);

std::optional<std::string_view> securityToken(const RequestView& request, const std::vector<QueryPair>& query);
/// For a security token that no session of this fleet is behind.
AuthError noSession();

struct SigningKey {
  AccessKey key;                                 ///< its scope is the session's, if there is one
  std::shared_ptr<const OpenedSession> session;  ///< null: the access key itself
};
/// An access key that may be used now.
AuthResult<AccessKey> usableKey(const SharedIdentity& shared, const CredentialSource& credentials, std::string_view id,
                                Timestamp now);
AuthResult<SigningKey> keyFor(const SharedIdentity& shared, const CredentialSource& credentials,
                              const RequestView& request, const SignedClaims& claims,
                              const std::vector<QueryPair>& query, Timestamp now);

}  // namespace cairn::auth
