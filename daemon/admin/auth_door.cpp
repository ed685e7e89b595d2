#include "daemon/admin/auth_door.h"

#include "common/api/messages.h"

namespace cairn::admin {
namespace {

struct Reply {
  int status;
  std::string body;
};

Reply problem(int status, std::string code, std::string message) {
  return {status, api::toJson(api::Problem{std::move(code), std::move(message)})};
}

Reply challenge(const auth::WalletTokens& tokens, Timestamp now) {
  const auto nonce = tokens.challenge(now);
  if (!nonce) return problem(503, "unavailable", nonce.error().message);
  const std::int64_t expires = now.get() / 1000 + auth::WalletTokens::kChallengeLife.count();
  return {200, api::toJson(api::Challenge{tokens.fleet(), "0x" + toHex(*nonce), expires})};
}

}  // namespace

Task<void> AuthDoor::handle(http::Request& request, http::BodyReader&, http::ResponseWriter& response) {
  Reply reply{};
  if (request.path != "/auth/v1/challenge" || tokens_ == nullptr)
    reply = problem(404, "not_found", "no such page: " + request.path);
  else if (request.method != "GET")
    reply = problem(405, "unsupported", "only GET is answered here");
  else
    reply = challenge(*tokens_, clock_.now());
  http::ResponseHead head{reply.status, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}};
  if (reply.status == 405) head.headers.add("Allow", "GET");
  static_cast<void>(co_await response.send(std::move(head), asBytes(reply.body)));
}

}  // namespace cairn::admin
