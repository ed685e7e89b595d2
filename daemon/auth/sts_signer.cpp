#include "daemon/auth/sts_signer.h"

#include "common/base/text.h"
#include "daemon/auth/claims_check.h"
#include "daemon/auth/signature_check.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kService = "sts";

AuthResult<Session> sessionFrom(const SigningKey& signer, Timestamp now) {
  Session out;
  if (signer.session) {
    out = signer.session->session;
    if (signer.session->scope) out.scope = *signer.session->scope;
    return out;
  }
  if (!signer.key.shared)
    return refuse(AuthFailure::access_denied,
                  "Sessions are made of access keys that lie in the registry (`cairnd key create`): this one is of a "
                  "master's configuration.");
  out.owner = signer.key.owner;
  out.issued = now.get() / 1000;
  out.expires = signer.key.expires;
  out.parentKey = signer.key.id;
  if (signer.key.scope) out.scope = *signer.key.scope;
  return out;
}

}  // namespace

bool StsSigner::wants(std::string_view authorization) {
  return authorization.starts_with("AWS4-HMAC-SHA256 ") &&
         authorization.find("/sts/aws4_request") != std::string_view::npos;
}

AuthResult<Session> StsSigner::of(const RequestView& request, const Sha256Digest& body, Timestamp now) const {
  const auto authorization = request.header("authorization");
  if (!authorization || !wants(*authorization))
    return refuse(AuthFailure::access_denied, "The request is not signed for sts.");
  auto claims = parseHeaderForm(request, trim(*authorization), kService);
  if (!claims) return claims.error();
  claims->payloadHash = toHex(body);
  if (auto s = checkRegion(config_, *claims); !s) return s.error();
  if (auto s = checkTime(config_, *claims, now); !s) return s.error();
  const std::vector<QueryPair> none;
  const auto signer = keyFor(shared_, credentials_, request, *claims, none, now);
  if (!signer) return signer.error();
  if (auto s = checkAllSigned(request, *claims); !s) return s.error();
  const Sha256Digest key = signingKey(signer->key.secret, claims->date, claims->region, kService);
  if (auto s = checkSignature(request, *claims, none, key); !s) return s.error();
  return sessionFrom(*signer, now);
}

}  // namespace cairn::auth
