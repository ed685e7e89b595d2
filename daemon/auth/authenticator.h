// Who calls: AWS Signature Version 4 (header and presigned forms) with access keys, and JWT HS256 as a bearer token or
// as the access key "JWT:<token>".
//
// Contract: authenticate() is thread-safe, does no I/O and takes about 10 us. It looks at nothing but the RequestView,
// which it borrows for the call; what it returns owns its memory. It proves the head of the request only: the caller
// must pass the body through BodyReceiver(caller.body) and must not act on bytes whose proof failed. What a caller may
// do is not decided here. A request without any credentials is a success with `anonymous` set. All comparisons of
// secrets are constant-time.
//
// Access key "JWT:<token>": the token alone is the proof, as with Bearer, since no server can know the secret that the
// tool made up. The request must still be well-formed SigV4 and in time; its signature and chunk signatures are not
// compared, a literal x-amz-content-sha256, aws-chunked framing, lengths and checksums are.
//
// Every x-amz-* header must be among the signed ones (date, content hash and user agent aside). Region: the configured
// one or us-east-1. Clocks may differ by 15 minutes. Source: "Authenticating Requests (AWS Signature Version 4)",
// Amazon S3 API reference; RFC 7519 for JWT. Where clients differ on how they spell a path or query, both S3's
// canonical form and the bytes as sent are tried; the meaning of a request (percent-decoded path, "+" in a query is a
// space) is the same in both.
//
// A wallet's token (Bearer) is proved but for its nonce, which admit() looks after: without I/O once it is known.
// Session credentials come with X-Amz-Security-Token.
//
// A grant comes as the header or the query parameter x-cairn-grant, with or without credentials. The caller then acts
// for the grantor, and may do what the grant allows and nothing else; where it names a grantee, the credentials must be
// his, and he may do no more than they allow, either. Where wallets are not taken the parameter means nothing.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "daemon/auth/body_plan.h"
#include "daemon/auth/credentials.h"
#include "daemon/auth/failure.h"
#include "daemon/auth/grants.h"
#include "daemon/auth/jwt.h"
#include "daemon/auth/key_uses.h"
#include "daemon/auth/sessions.h"
#include "daemon/auth/wallet_tokens.h"

namespace cairn::auth {

struct HeaderView {
  std::string_view name;  ///< any case
  std::string_view value;
};

/// A request's head as it came over the wire. Borrowed.
struct RequestView {
  std::string_view method;              ///< "GET"
  std::string_view rawPath;             ///< percent-encoded, from the first '/', without query
  std::string_view rawQuery;            ///< percent-encoded, without '?'
  std::span<const HeaderView> headers;  ///< in order; repeated names stay repeated

  /// The first header of that name in any case.
  std::optional<std::string_view> header(std::string_view name) const;
};

enum class AuthMethod : std::uint8_t {
  anonymous,
  sigv4_header,
  sigv4_presigned,
  jwt_bearer,
  jwt_access_key,
  wallet_bearer,
  access_key_bearer,
};
/// For logs and metrics: "anonymous", "sigv4", "sigv4-presigned", "jwt", "jwt-access-key", "wallet", "access-key".
std::string_view toString(AuthMethod method);

struct Caller {
  OwnerId owner;  ///< empty when anonymous
  AuthMethod how = AuthMethod::anonymous;
  bool anonymous = true;
  std::string accessKey;  ///< the access key's id; empty for bearers and anonymous. Safe to log.
  std::shared_ptr<const identity::Scope> scope{};  ///< what the credential allows; null: all that the owner may
  WalletTokenPtr token{};                          ///< a wallet's bearer token, still to be admitted
  VerifiedGrantPtr grant{};                        ///< under which `owner` is the grantor; still to be used
  bool linked = false;                             ///< has nothing but a grant
  BodyPlan body;
};

struct AuthConfig {
  std::string region = "us-east-1";
  std::chrono::seconds clockSkew{15 * 60};
  std::vector<JwtKey> jwtKeys{};  ///< beside those of the registry; where there are none at all, JWT is refused
  JwtRules jwtRules{};
};

/// What wallets need, where the fleet has it. Borrowed; null members are switched off.
struct SharedIdentity {
  const IdentityView* view = nullptr;  ///< of access keys and secrets of JWT that lie in the registry
  WalletTokens* tokens = nullptr;
  Grants* grants = nullptr;
  Sessions* sessions = nullptr;
  KeyUses* uses = nullptr;  ///< where uses of access keys of the registry are noted
};

class Authenticator {
 public:
  Authenticator(AuthConfig config, std::shared_ptr<const CredentialSource> credentials, SharedIdentity shared = {});
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// `now` is the wall clock.
  AuthResult<Caller> authenticate(const RequestView& request, Timestamp now) const;
  /// For a door whose clients can send nothing but a bearer token: a JWT, a wallet's token, or an access key as
  /// "id:secret", which authenticate() does not take, since the secret itself goes over the wire.
  AuthResult<Caller> bearer(std::string_view token, Timestamp now) const;
  /// What authenticate() could not know without the registry. Nothing may be done for the caller before this succeeded.
  Task<AuthStatus> admit(const Caller& caller) const;
  /// Counts one use of the caller's grant, if he has one with a count; before what he asks for is done.
  Task<AuthStatus> use(const Caller& caller) const;
  /// Whether the request may hold a grant: then nothing of its query may get out, nor to others' caches.
  bool carriesGrant(const RequestView& request) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn::auth
