#include "daemon/auth/authenticator.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "daemon/auth/claims_check.h"
#include "daemon/auth/grant_claim.h"
#include "daemon/auth/hmac.h"
#include "daemon/auth/key_cache.h"
#include "daemon/auth/plan.h"
#include "daemon/auth/signature_check.h"
#include "daemon/auth/sigv4.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kSigV4 = "AWS4-HMAC-SHA256";
constexpr std::string_view kJwtPrefix = "JWT:";

bool hasParameter(const std::vector<QueryPair>& query, std::string_view name) {
  return std::any_of(query.begin(), query.end(), [&](const QueryPair& p) { return p.name == name; });
}

bool wellFormedSignature(std::string_view signature) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return signature.size() == 64 && std::all_of(signature.begin(), signature.end(), digit);
}

}  // namespace

class Authenticator::Impl {
 public:
  Impl(AuthConfig config, std::shared_ptr<const CredentialSource> credentials, SharedIdentity shared)
      : config_(std::move(config)), credentials_(std::move(credentials)), shared_(shared) {}

  AuthResult<Caller> authenticate(const RequestView& request, Timestamp now);
  AuthResult<Caller> bearerAlone(std::string_view token, Timestamp now) const;
  const SharedIdentity& shared() const { return shared_; }

 private:
  AuthResult<Caller> proved(const RequestView& request, const std::vector<QueryPair>& query, Timestamp now);
  AuthResult<Caller> anonymous(const RequestView& request) const;
  AuthResult<Caller> bearer(const RequestView& request, std::string_view token, Timestamp now) const;
  AuthResult<Caller> signedBy(const RequestView& request, const SignedClaims& claims,
                              const std::vector<QueryPair>& query, Timestamp now);
  AuthResult<OwnerId> jwtOwner(std::string_view token, Timestamp now) const;

  AuthConfig config_;
  std::shared_ptr<const CredentialSource> credentials_;
  SharedIdentity shared_;
  KeyCache keys_;
};

AuthResult<Caller> Authenticator::Impl::authenticate(const RequestView& request, Timestamp now) {
  const auto query = parseQuery(request.rawQuery);
  if (!query)
    return refuse(AuthFailure::invalid_uri, "The query holds a '%' that two hexadecimal digits do not follow.");
  auto caller = proved(request, *query, now);
  if (!caller || shared_.grants == nullptr) return caller;
  if (auto taken = takeGrant(*shared_.grants, request, *query, now, *caller); !taken) return taken.error();
  return caller;
}

/// Whoever the credentials are of; anonymous without any.
AuthResult<Caller> Authenticator::Impl::proved(const RequestView& request, const std::vector<QueryPair>& query,
                                               Timestamp now) {
  const bool inQuery = hasParameter(query, "X-Amz-Algorithm") || hasParameter(query, "X-Amz-Signature") ||
                       hasParameter(query, "X-Amz-Credential");
  if (hasParameter(query, "AWSAccessKeyId") && hasParameter(query, "Signature"))
    return refuse(AuthFailure::invalid_request,
                  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  const auto named = [](const HeaderView& h) { return sameIgnoringCase(h.name, "authorization"); };
  const auto count = std::count_if(request.headers.begin(), request.headers.end(), named);
  if (count > 1 || (count == 1 && inQuery))
    return refuse(AuthFailure::invalid_argument,
                  "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                  "Signature query string parameter or the Authorization header should be specified");
  if (inQuery) {
    const auto claims = parseQueryForm(request, query);
    if (!claims) return claims.error();
    return signedBy(request, *claims, query, now);
  }
  if (count == 0) return anonymous(request);

  const std::string_view authorization = trim(*request.header("authorization"));
  const std::size_t space = std::min(authorization.find(' '), authorization.size());
  const std::string_view scheme = authorization.substr(0, space);
  if (scheme == kSigV4) {
    const auto claims = parseHeaderForm(request, authorization);
    if (!claims) return claims.error();
    return signedBy(request, *claims, query, now);
  }
  if (sameIgnoringCase(scheme, "Bearer")) return bearer(request, trim(authorization.substr(space)), now);
  if (scheme == "AWS" || scheme.starts_with("AWS4-"))
    return refuse(AuthFailure::invalid_request,
                  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  return refuse(AuthFailure::invalid_argument, "Unsupported Authorization Type");
}

AuthResult<Caller> Authenticator::Impl::anonymous(const RequestView& request) const {
  Caller caller;
  auto plan = planBody(request, request.header("x-amz-content-sha256"));
  if (!plan) return plan.error();
  caller.body = std::move(*plan);
  return caller;
}

AuthResult<OwnerId> Authenticator::Impl::jwtOwner(std::string_view token, Timestamp now) const {
  JwtKeys keys{config_.jwtKeys};
  // A stale copy may lack a secret, or have one that was retired.
  keys.complete = shared_.view == nullptr || shared_.view->fresh();
  const auto shared = shared_.view != nullptr && keys.complete ? shared_.view->jwtKeys() : nullptr;
  if (shared) keys.shared = *shared;
  const auto identity = verifyJwt(token, keys, config_.jwtRules, now);
  if (!identity) return identity.error();
  return identity->owner;
}

AuthResult<Caller> Authenticator::Impl::bearer(const RequestView& request, std::string_view token,
                                               Timestamp now) const {
  Caller caller;
  caller.anonymous = false;
  if (shared_.tokens != nullptr && identity::looksLikeToken(token)) {
    auto verified = shared_.tokens->verify(token, now);
    if (!verified) return verified.error();
    caller.owner = (*verified)->owner;
    caller.scope = (*verified)->scope;
    caller.token = std::move(*verified);
    caller.how = AuthMethod::wallet_bearer;
  } else {
    auto owner = jwtOwner(token, now);
    if (!owner) return owner.error();
    caller.owner = std::move(*owner);
    caller.how = AuthMethod::jwt_bearer;
  }
  auto plan = planBody(request, request.header("x-amz-content-sha256"));
  if (!plan) return plan.error();
  caller.body = std::move(*plan);
  return caller;
}

AuthResult<Caller> Authenticator::Impl::bearerAlone(std::string_view token, Timestamp now) const {
  const std::size_t colon = token.find(':');
  if (colon == token.npos) return bearer(RequestView(), token, now);
  auto key = usableKey(shared_, *credentials_, token.substr(0, colon), now);
  if (!key) return key.error();
  if (!sameSecret(key->secret.view(), token.substr(colon + 1)))
    return refuse(AuthFailure::signature_does_not_match, "The secret is not that of the access key.");
  if (shared_.uses != nullptr && key->shared) shared_.uses->note(key->id, now);
  Caller caller;
  caller.anonymous = false;
  caller.owner = key->owner;
  caller.accessKey = key->id;
  caller.scope = key->scope;
  caller.how = AuthMethod::access_key_bearer;
  return caller;
}

AuthResult<Caller> Authenticator::Impl::signedBy(const RequestView& request, const SignedClaims& claims,
                                                 const std::vector<QueryPair>& query, Timestamp now) {
  if (auto region = checkRegion(config_, claims); !region) return region.error();
  if (auto time = checkTime(config_, claims, now); !time) return time.error();
  auto plan = planBody(request, claims.payloadHash);
  if (!plan) return plan.error();
  Caller caller;
  caller.anonymous = false;
  caller.body = std::move(*plan);
  if (claims.accessKey.starts_with(kJwtPrefix)) {
    if (securityToken(request, query)) return noSession();
    if (!wellFormedSignature(claims.signature))
      return refuse(AuthFailure::signature_does_not_match, "A signature is 64 lower-case hexadecimal digits.");
    auto owner = jwtOwner(std::string_view(claims.accessKey).substr(kJwtPrefix.size()), now);
    if (!owner) return owner.error();
    caller.owner = std::move(*owner);
    caller.how = AuthMethod::jwt_access_key;
    return caller;
  }
  const auto found = keyFor(shared_, *credentials_, request, claims, query, now);
  if (!found) return found.error();
  const AccessKey* const key = &found->key;
  if (auto all = checkAllSigned(request, claims); !all) return all.error();
  // Whoever carries the request could add it.
  if (shared_.grants != nullptr && request.header(kGrantName) && !claims.signs(kGrantName))
    return refuse(AuthFailure::access_denied, "The grant is in a header of the request that was not signed.");
  const Sha256Digest derived = keys_.get(*key, claims.date, claims.region);
  if (auto matches = checkSignature(request, claims, query, derived); !matches) return matches.error();
  if (shared_.uses != nullptr && (key->shared || !key->parent.empty()))
    shared_.uses->note(key->shared ? key->id : key->parent, now);
  caller.owner = key->owner;
  caller.accessKey = key->id;
  caller.scope = key->scope;
  caller.how = claims.presigned ? AuthMethod::sigv4_presigned : AuthMethod::sigv4_header;
  if (caller.body.mode == BodyMode::streaming_signed || caller.body.mode == BodyMode::streaming_signed_trailer)
    caller.body.signing = SigningContext{derived, claims.timestamp, claims.scope(), claims.signature};
  return caller;
}

std::string_view toString(AuthMethod method) {
  switch (method) {
    case AuthMethod::anonymous:
      return "anonymous";
    case AuthMethod::sigv4_header:
      return "sigv4";
    case AuthMethod::sigv4_presigned:
      return "sigv4-presigned";
    case AuthMethod::jwt_bearer:
      return "jwt";
    case AuthMethod::jwt_access_key:
      return "jwt-access-key";
    case AuthMethod::wallet_bearer:
      return "wallet";
    case AuthMethod::access_key_bearer:
      return "access-key";
  }
  return "unknown";
}

Authenticator::Authenticator(AuthConfig config, std::shared_ptr<const CredentialSource> credentials,
                             SharedIdentity shared)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(credentials), shared)) {}

Authenticator::~Authenticator() = default;

AuthResult<Caller> Authenticator::authenticate(const RequestView& request, Timestamp now) const {
  return impl_->authenticate(request, now);
}

AuthResult<Caller> Authenticator::bearer(std::string_view token, Timestamp now) const {
  return impl_->bearerAlone(token, now);
}

Task<AuthStatus> Authenticator::admit(const Caller& caller) const {
  if (!caller.token || WalletTokens::admitted(*caller.token)) co_return AuthStatus();
  co_return co_await impl_->shared().tokens->admit(caller.token);
}

Task<AuthStatus> Authenticator::use(const Caller& caller) const {
  if (!caller.grant) co_return AuthStatus();
  co_return co_await impl_->shared().grants->use(caller.grant);
}

bool Authenticator::carriesGrant(const RequestView& request) const {
  if (impl_->shared().grants == nullptr) return false;
  return request.rawQuery.find(kGrantName) != std::string_view::npos || request.header(kGrantName);
}

}  // namespace cairn::auth
