#include "daemon/s3/sts.h"

#include "common/api/audit_row.h"
#include "common/api/problem.h"
#include "common/cid/sha256.h"
#include "daemon/auth/action_request.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxForm = 64U << 10;

auth::Session sessionOf(const auth::WalletToken& token) {
  auth::Session session;
  session.owner = token.owner;
  session.issued = token.token.issued;
  session.expires = token.token.expires;
  session.role = token.token.role;
  if (token.scope) session.scope = *token.scope;
  return session;
}

Reply jsonReply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "application/json");
  reply.headers.add("Cache-Control", "no-store");
  reply.body = std::move(body);
  return reply;
}

}  // namespace

bool Sts::wants(const http::Request& request) {
  const auto type = request.headers.find("content-type");
  if (request.method != "POST" || request.path != "/" || !request.rawQuery.empty() || !type ||
      !lowerCase(*type).starts_with("application/x-www-form-urlencoded"))
    return false;
  const auto authorization = request.headers.find("authorization");
  return !authorization || auth::StsSigner::wants(*authorization);
}

Answer<Reply> Sts::challenge(const http::Request& request, Timestamp now) const {
  if (request.method != "GET") return refuse(ErrorCode::MethodNotAllowed);
  const auto nonce = tokens_.challenge(now);
  if (!nonce) return refuse(ErrorCode::ServiceUnavailable, nonce.error().message);
  const std::int64_t expires = now.get() / 1000 + auth::WalletTokens::kChallengeLife.count();
  return jsonReply(200, api::toJson(api::Challenge{tokens_.fleet(), "0x" + toHex(*nonce), expires}));
}

Task<Result<registry::AuditRow>> Sts::revoked(http::BodyReader& body, std::string from) {
  if (own_ == nullptr) co_return fail(Errc::not_found, "nothing is revoked here");
  const auto text = co_await http::readAll(body, auth::kMaxActionBody);
  if (!text) co_return text.error();
  auto asked = auth::readAction(asText(*text), own_->operators());
  if (!asked) co_return asked.error();
  if (!auth::isOwn(asked->action.action))
    co_return fail(Errc::denied,
                   "only RevokeOwnTokens and RevokeOwnGrant are taken here; operators' actions go to the "
                   "API listener");
  co_return co_await own_->act(std::move(asked->action), std::move(from));
}

Task<Answer<Reply>> Sts::revoke(const http::Request& request, http::BodyReader& body) {
  if (request.method != "POST") co_return refuse(ErrorCode::MethodNotAllowed);
  const auto row = co_await revoked(body, request.remoteAddress);
  if (!row) co_return jsonReply(api::httpStatus(row.error().code), api::toJson(api::problemOf(row.error())));
  co_return jsonReply(200, api::toJson(api::auditRow(*row)));
}

Task<StsResult<auth::Session>> Sts::byWallet(const StsForm& form, Timestamp now) {
  const auto token = tokens_.verify(form.get("WebIdentityToken"), now);
  if (!token) co_return fromAuthError(token.error(), kWithWebIdentity);
  if (auto s = co_await tokens_.admit(*token); !s) co_return fromAuthError(s.error(), kWithWebIdentity);
  co_return sessionOf(**token);
}

StsResult<auth::Session> Sts::bySigner(const http::Request& request, BytesView body, Timestamp now) const {
  std::vector<auth::HeaderView> headers;
  for (const auto [name, value] : request.headers) headers.push_back({name, value});
  auto session = signer_.of({request.method, request.path, request.rawQuery, headers}, sha256(body), now);
  if (!session) return fromAuthError(session.error(), kAssumeRole);
  session->role = identity::TokenRole::storage;
  return std::move(*session);
}

Task<Reply> Sts::answer(const http::Request& request, http::BodyReader& body, Timestamp now, std::string requestId,
                        std::string_view& action) {
  const auto text = co_await http::readAll(body, kMaxForm);
  if (!text) co_return stsReply({400, "MalformedInput", "the form cannot be read: " + text.error().message}, requestId);
  const auto form = StsForm::read(asText(*text));
  if (!form) co_return stsReply(form.error(), requestId);
  action = form->action();
  StsResult<auth::Session> widest = StsError{};
  if (action == kAssumeRole)
    widest = bySigner(request, *text, now);
  else
    widest = co_await byWallet(*form, now);
  if (!widest) co_return stsReply(widest.error(), requestId);
  auto session = narrowed(std::move(*widest), *form, now);
  if (!session) co_return stsReply(session.error(), requestId);
  const auto made = sessions_.open(*session);
  if (!made && made.error().code == Errc::too_large)
    co_return stsReply({400, "PackedPolicyTooLarge", made.error().message}, requestId);
  if (!made) co_return stsReply({503, "ServiceUnavailable", made.error().message}, requestId);
  co_return stsReply(*made, *form, session->owner, requestId);
}

}  // namespace cairn::s3
