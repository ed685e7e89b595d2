#include "daemon/pinning/cluster/rest.h"

#include <array>

#include "common/base/json.h"
#include "common/base/url.h"

namespace cairn::pinning {
namespace {

constexpr std::size_t kMostPeers = 1000;
constexpr std::size_t kMostName = 200;

const Json* member(const Json& object, std::string_view name, Json::Kind kind) {
  const Json* found = object.find(name);
  return found != nullptr && found->kind == kind ? found : nullptr;
}

/// nullopt for a word that the API does not have.
std::optional<PeerPin::State> stateOf(std::string_view status) {
  using enum PeerPin::State;
  // A peer that has not heard of the pin yet says "unpinned"; one that the peer asked could not reach, "cluster_error".
  static constexpr auto kStates =
      std::to_array<std::pair<std::string_view, PeerPin::State>>({{"pinned", pinned},
                                                                  {"pinning", coming},
                                                                  {"pin_queued", coming},
                                                                  {"queued", coming},
                                                                  {"unpinned", coming},
                                                                  {"remote", coming},
                                                                  {"undefined", coming},
                                                                  {"cluster_error", failed},
                                                                  {"pin_error", failed},
                                                                  {"error", failed},
                                                                  {"unpin_error", failed},
                                                                  {"unpinning", failed},
                                                                  {"unpin_queued", failed},
                                                                  {"sharded", failed},
                                                                  {"unexpectedly_unpinned", failed}});
  for (const auto& [word, state] : kStates)
    if (word == status) return state;
  return std::nullopt;
}

}  // namespace

Result<std::vector<PeerPin>> parsePinStatus(BytesView body, const Cid& root) {
  const auto wrong = [](const char* what) {
    return fail(Errc::unavailable, std::string("the cluster's answer about a pin is malformed: ") + what);
  };
  auto json = readJson(asText(body));
  if (!json) return wrong(json.error().message.c_str());
  const Json* cid = member(*json, "cid", Json::Kind::text);
  auto about = cid != nullptr ? Cid::parse(cid->text) : fail(Errc::invalid, "");
  if (!about || *about != root) return wrong("it is about something else");
  const Json* peers = member(*json, "peer_map", Json::Kind::object);
  if (peers == nullptr || peers->members.size() > kMostPeers) return wrong("peer_map");
  std::vector<PeerPin> out;
  for (const auto& [id, info] : peers->members) {
    const Json* status = member(info, "status", Json::Kind::text);
    auto state = status != nullptr ? stateOf(status->text) : std::nullopt;
    if (!state) return wrong("a peer's status");
    PeerPin& peer = out.emplace_back();
    const Json* name = member(info, "peername", Json::Kind::text);
    peer.peer = printable(name != nullptr && !name->text.empty() ? name->text : id);
    peer.state = *state;
    peer.status = status->text;
    if (const Json* error = member(info, "error", Json::Kind::text)) peer.error = printable(error->text);
  }
  return out;
}

Task<Status> ClusterRest::pin(Cid root, std::optional<Cid> update, std::string name, Replication replication) {
  Call post;
  post.method = "POST";
  post.target = "/pins/" + root.str() + "?mode=recursive&name=" + uriEncode(name.substr(0, kMostName)) +
                "&replication-min=" + std::to_string(replication.least) +
                "&replication-max=" + std::to_string(replication.most);
  if (update) post.target += "&pin-update=" + update->str();
  auto answer = co_await call(client_, service_, std::move(post));
  if (!answer) co_return answer.error();
  co_return Status{};
}

Task<Result<std::vector<PeerPin>>> ClusterRest::status(Cid root) {
  Call get;
  get.target = "/pins/" + root.str();
  auto answer = co_await call(client_, service_, std::move(get));
  if (!answer) co_return answer.error();
  co_return parsePinStatus(*answer, root);
}

Task<Status> ClusterRest::recover(Cid root) {
  Call post;
  post.method = "POST";
  post.target = "/pins/" + root.str() + "/recover";
  auto answer = co_await call(client_, service_, std::move(post));
  if (!answer) co_return answer.error();
  co_return Status{};
}

}  // namespace cairn::pinning
