#include "daemon/auth/claims_check.h"

#include "common/base/text.h"

namespace cairn::auth {

std::optional<std::string_view> securityToken(const RequestView& request, const std::vector<QueryPair>& query) {
  if (auto header = request.header("x-amz-security-token")) return header;
  for (const QueryPair& p : query)
    if (p.name == "X-Amz-Security-Token") return p.value;
  return std::nullopt;
}

AuthError noSession() {
  return refuse(AuthFailure::invalid_token, "The provided security token is not one of this server's.");
}

AuthStatus checkRegion(const AuthConfig& config, const SignedClaims& claims) {
  if (claims.region == config.region || claims.region == "us-east-1") return {};
  const auto failure =
      claims.presigned ? AuthFailure::authorization_query_parameters : AuthFailure::authorization_header_malformed;
  return refuse(failure, "The authorization is malformed; the region '" + claims.region + "' is wrong; expecting '" +
                             config.region + "'");
}

AuthStatus checkTime(const AuthConfig& config, const SignedClaims& claims, Timestamp now) {
  const std::int64_t clock = now.get() / 1000;
  const std::int64_t ahead = claims.signedAt - clock;
  const std::int64_t skew = config.clockSkew.count();
  if (claims.presigned) {
    if (ahead > skew)
      return refuse(AuthFailure::access_denied, "Request is not valid yet: it is dated " + std::to_string(ahead) +
                                                    " s ahead of the server's clock.");
    if (-ahead > claims.validFor)
      return refuse(AuthFailure::access_denied,
                    "Request has expired " + std::to_string(-ahead - claims.validFor) + " s ago.");
    return {};
  }
  if (ahead > skew || -ahead > skew)
    return refuse(AuthFailure::request_time_too_skewed,
                  "The difference between the request time and the server's time is too large: the request is " +
                      std::to_string(ahead > 0 ? ahead : -ahead) + " s " + (ahead > 0 ? "ahead" : "behind") + ", " +
                      std::to_string(skew) + " s are allowed.");
  return {};
}

AuthResult<AccessKey> usableKey(const SharedIdentity& shared, const CredentialSource& credentials, std::string_view id,
                                Timestamp now) {
  // Before the look, so that what it finds is not older than it says.
  const bool fresh = shared.view == nullptr || shared.view->fresh();
  auto key = credentials.find(id);
  if ((!key || key->shared) && !fresh) return stale();
  if (!key || !key->enabled)
    return refuse(AuthFailure::invalid_access_key_id,
                  "The AWS Access Key Id you provided does not exist in our records.");
  if (key->expires != 0 && key->expires <= now.get() / 1000)
    return refuse(AuthFailure::expired_token, "The access key has expired.");
  return std::move(*key);
}

AuthResult<SigningKey> keyFor(const SharedIdentity& shared, const CredentialSource& credentials,
                              const RequestView& request, const SignedClaims& claims,
                              const std::vector<QueryPair>& query, Timestamp now) {
  if (auto token = securityToken(request, query)) {
    if (shared.sessions == nullptr) return noSession();
    auto session = shared.sessions->find(trim(*token), claims.accessKey, now);
    if (!session) return session.error();
    SigningKey signing{(*session)->key, *session};
    signing.key.scope = (*session)->scope;
    return signing;
  }
  auto key = usableKey(shared, credentials, claims.accessKey, now);
  if (!key) return key.error();
  return SigningKey{std::move(*key), nullptr};
}

}  // namespace cairn::auth
