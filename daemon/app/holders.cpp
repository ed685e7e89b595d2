#include "daemon/app/holders.h"

namespace cairn::app {
namespace {

constexpr std::chrono::seconds kPatience{3};  // well below the age at which a heartbeat counts as stale

}  // namespace

Holders::Holders(const std::vector<HolderConfig>& nodes, registry::Registry& registry, http::Client& client,
                 const fleet::Membership& members)
    : registry_(registry), client_(client), members_(members) {
  for (const HolderConfig& node : nodes) nodes_.push_back(std::make_unique<StorageNode>(node));
}

Task<Status> Holders::list() {
  for (const auto& n : nodes_) {
    registry::Master node;
    node.id = MasterId(n->config.name);
    node.blocksAddress = n->config.address;
    node.nodeKey = n->config.key;
    node.profile = "storage";
    if (auto listed = co_await registry_.registerMaster(node); !listed) co_return listed.error();
  }
  co_return Status{};
}

void Holders::tick(DataPlane& plane) {
  for (const auto& node : nodes_)
    if (!node->asking.exchange(true)) plane.start(ask(*node));
}

Task<void> Holders::ask(StorageNode& node) {
  std::shared_ptr<void> done(nullptr, [&node](void*) { node.asking = false; });
  auto address = fleet::parseAddress(node.config.address);
  auto listed = members_.find(MasterId(node.config.name));
  if (!address || !listed) co_return;
  http::ClientRequest request;
  request.target = "/health";
  request.timeout = kPatience;
  http::Endpoint endpoint{address->host, address->port, true, node.config.key};
  auto answer = co_await client_.request(std::move(endpoint), std::move(request));
  if (!answer || answer->status != 200) co_return;
  // Refused when another master has just listed the node anew; the next tick knows its epoch.
  (void)co_await registry_.heartbeat(listed->id, listed->epoch);
}

}  // namespace cairn::app
