// Session credentials that every master opens, since what they stand for lies sealed in the session token itself.
//
// Contract: thread-safe, no I/O. open() mints credentials; find() gives the session that a token holds, if it was
// sealed under a shared key that is not retired, belongs to the access key id it came with, has not ended, and the
// wallet's token it came from was not revoked since. A session inherits issue time, end, scope and role of the token,
// or less. The token is base64url of 0x01, the sealing key's id (8 bytes) and the sealed state;
// docs/formats/session.md. The secret is derived from the same shared key and the access key id, so no master keeps it.
#pragma once

#include "common/identity/token.h"
#include "daemon/auth/failure.h"
#include "daemon/auth/identity_view.h"
#include "daemon/auth/text_cache.h"

namespace cairn::auth {

inline constexpr std::string_view kSessionIdPrefix = "CSTS";  ///< of a session's access key id
inline constexpr std::size_t kMaxSessionToken = 16384;

struct Session {
  OwnerId owner;
  std::int64_t issued = 0;   ///< of the token or, for an access key's, of the session; seconds since 1970
  std::int64_t expires = 0;  ///< seconds since 1970
  identity::TokenRole role = identity::TokenRole::storage;
  std::optional<identity::Scope> scope;  ///< nullopt: everything
  std::string parentKey;                 ///< the access key it was derived from; empty for a wallet's
  friend bool operator==(const Session&, const Session&) = default;
};

struct SessionCredentials {
  std::string accessKeyId, secret, token;
  std::int64_t expires = 0;
};

struct OpenedSession {
  Session session;
  std::shared_ptr<const identity::Scope> scope;
  AccessKey key;         ///< what its requests are signed with
  std::string sealedBy;  ///< id of the shared key
};

class Sessions {
 public:
  Sessions(const IdentityView& view, const CredentialSource& keys, Random& random, std::string fleet);

  /// Errc::unavailable when this master has no shared key to seal with; Errc::too_large when the scope does not fit
  /// into a session token.
  Result<SessionCredentials> open(const Session& session) const;
  AuthResult<std::shared_ptr<const OpenedSession>> find(std::string_view token, std::string_view accessKeyId,
                                                        Timestamp now);

 private:
  AuthResult<std::shared_ptr<OpenedSession>> unseal(std::string_view token) const;

  const IdentityView& view_;
  const CredentialSource& keys_;
  Random& random_;
  std::string purpose_;  ///< of what is sealed: this fleet's sessions
  TextCache<OpenedSession> seen_{16U << 20};
};

}  // namespace cairn::auth
