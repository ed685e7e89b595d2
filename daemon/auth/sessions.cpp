#include "daemon/auth/sessions.h"

#include <algorithm>

#include "common/digest/base64.h"
#include "daemon/auth/hmac.h"
#include "daemon/auth/session_state.h"
#include "daemon/auth/wallet_tokens.h"

namespace cairn::auth {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kKeyId = 8;
constexpr std::string_view kSecret = "cairn session secret ";

/// 40 characters, as tools expect them.
std::string secretOf(const SealKey& key, std::string_view accessKeyId) {
  const auto mac = hmacSha256(key.bytes(), std::string(kSecret) + std::string(accessKeyId));
  return base64Url(BytesView(mac).first(30));
}

AuthError noSession() {
  return refuse(AuthFailure::invalid_token, "The provided security token is not one of this server's.");
}

}  // namespace

Sessions::Sessions(const IdentityView& view, const CredentialSource& keys, Random& random, std::string fleet)
    : view_(view), keys_(keys), random_(random), purpose_("cairn session " + std::move(fleet)) {}

Result<SessionCredentials> Sessions::open(const Session& session) const {
  Bytes name(8);
  random_.fill(name);
  SessionCredentials out;
  out.accessKeyId = kSessionIdPrefix;
  for (const char c : toHex(name)) out.accessKeyId += static_cast<char>(c >= 'a' ? c - 0x20 : c);
  out.expires = session.expires;
  Bytes token{kFormat};
  const bool sealed = view_.withNewest(kSessionKey, [&](const std::string& id, const SealKey& key) {
    append(token, *fromHex(id));
    append(token, key.seal(purpose_, encodeSession(session, out.accessKeyId), random_));
    out.secret = secretOf(key, out.accessKeyId);
  });
  if (!sealed) return fail(Errc::unavailable, "this master has none of the fleet's shared keys");
  out.token = base64Url(token);
  if (out.token.size() > kMaxSessionToken) return fail(Errc::too_large, "the scope does not fit into a session token");
  return out;
}

AuthResult<std::shared_ptr<OpenedSession>> Sessions::unseal(std::string_view token) const {
  const auto bytes = token.size() <= kMaxSessionToken ? fromBase64Url(token) : std::nullopt;
  if (!bytes || bytes->size() <= 1 + kKeyId || bytes->front() != kFormat) return noSession();
  std::string secret;
  Result<DecodedSession> decoded = fail(Errc::corrupt, "");
  const std::string sealedBy = toHex(BytesView(*bytes).subspan(1, kKeyId));
  view_.withKey(kSessionKey, sealedBy, [&](const SealKey& key) {
    const auto state = key.open(purpose_, BytesView(*bytes).subspan(1 + kKeyId));
    if (state) decoded = decodeSession(*state);
    if (decoded) secret = secretOf(key, decoded->accessKeyId);
  });
  if (!decoded) return noSession();
  auto opened = std::make_shared<OpenedSession>();
  opened->sealedBy = sealedBy;
  opened->session = std::move(decoded->session);
  if (opened->session.scope) opened->scope = std::make_shared<identity::Scope>(std::move(*opened->session.scope));
  opened->session.scope.reset();
  opened->key.id = std::move(decoded->accessKeyId);
  opened->key.secret = std::move(secret);
  opened->key.owner = opened->session.owner;
  opened->key.parent = opened->session.parentKey;
  return opened;
}

AuthResult<std::shared_ptr<const OpenedSession>> Sessions::find(std::string_view token, std::string_view accessKeyId,
                                                                Timestamp now) {
  const bool fresh = view_.fresh();  // before the looks below: what they find is not older than it says
  auto known = seen_.find(token);
  if (!known) {
    auto opened = unseal(token);
    if (!opened) return fresh ? opened.error() : stale();
    known = seen_.insert(token, (*opened)->key.id, *opened);
  }
  const Session& session = known->session;
  if (known->key.id != accessKeyId || !view_.withKey(kSessionKey, known->sealedBy, [](const SealKey&) {}))
    return noSession();
  if (session.expires <= now.get() / 1000) return refuse(AuthFailure::expired_token, "The provided token has expired.");
  if (!fresh) return stale();
  if (view_.revoked(session.owner, session.issued)) return refuse(AuthFailure::invalid_token, "The token was revoked.");
  if (!session.parentKey.empty()) {
    const auto parent = keys_.find(session.parentKey);
    if (!parent || !parent->enabled || parent->owner != session.owner ||
        (parent->expires != 0 && parent->expires <= now.get() / 1000))
      return refuse(AuthFailure::invalid_token, "The access key that this session comes from is gone.");
  }
  return std::shared_ptr<const OpenedSession>(std::move(known));
}

}  // namespace cairn::auth
