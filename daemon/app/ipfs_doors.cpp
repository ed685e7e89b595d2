#include "daemon/app/ipfs_doors.h"

#include "daemon/app/ethereum.h"
#include "daemon/fleet/membership.h"
#include "daemon/pins/peer_id.h"

namespace cairn::app {
namespace {

constexpr unsigned kTicksBetweenCounts = 15;

gateway::Asked<Cid> asAsked(const s3::Answer<Cid>& answer) {
  if (answer) return *answer;
  return gateway::Refusal{static_cast<int>(answer.error().status()), answer.error().message};
}

/// What is configured was checked when it was read.
pins::Networks networksOf(const Config& config) {
  auto networks = pins::Networks::make(config.pins.privateNetworks);
  return networks ? std::move(*networks) : pins::Networks();
}

http::ClientOptions originOptions(const Config& config) {
  http::ClientOptions options;
  options.mayConnect = [networks = networksOf(config)](const net::ip::address& a) { return networks.allows(a); };
  return options;
}

std::unique_ptr<pins::KuboPeer> peerOf(const Config& config, const IpfsParts& parts) {
  const auto rpc = parseRpcUrl(config.kuboApi);
  if (parts.kubo == nullptr || !config.pins.fetch || !rpc) return nullptr;
  return std::make_unique<pins::KuboPeer>(parts.io, rpc->endpoint, networksOf(config), parts.clock);
}

pins::WorkerOptions workerOptions(const Config& config, bool onNetwork) {
  pins::WorkerOptions options;
  options.master = MasterId(config.node);
  options.fetch = config.pins.fetch;
  options.openHeld = config.openGateway || onNetwork;
  options.atOnce = config.pins.atOnce;
  options.bounds = {config.pins.maxBlocks, config.pins.maxBytes};
  options.deadline = config.pins.deadline;
  return options;
}

pins::WorkerParts workerParts(IpfsParts& parts, pins::OwnContent& own, http::Client& origins, pins::KuboPeer* peer) {
  auto pinned = [kubo = parts.kubo](const registry::PinRow& row) {
    if (kubo != nullptr) kubo->pinLater("pin/" + row.owner.get() + "/" + row.id, row.root);
  };
  return {*parts.registry.pins(), own,   parts.source, parts.store, parts.quorum, origins, peer, parts.clock,
          parts.random,           pinned};
}

}  // namespace

IpfsDoors::IpfsDoors(const Config& config, IpfsParts parts)
    : configured_(config.pins.delegates),
      tls_(!config.api.certificateFile.empty()),
      parts_(std::move(parts)),
      authority_(parts_.buckets, parts_.callers, parts_.clock),
      gateway_(parts_.source, config.openGateway, *this),
      origins_(parts_.io, originOptions(config)),
      peer_(peerOf(config, parts_)),
      own_(*parts_.registry.pins(), parts_.buckets),
      worker_(parts_.io, workerOptions(config, peer_ != nullptr), workerParts(parts_, own_, origins_, peer_.get())),
      pins_(*parts_.registry.pins(), parts_.callers, parts_.clock, parts_.random, doorOptions(config)) {}

pins::DoorOptions IpfsDoors::doorOptions(const Config& config) {
  pins::DoorOptions options;
  options.mostPins = config.pins.maxPins;
  options.delegates = [this] { return delegates(); };
  options.wake = [this] { spawn(net::make_strand(parts_.io), worker_.look()); };
  return options;
}

Task<void> IpfsDoors::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
  if (pins::Door::serves(request.path)) return pins_.handle(request, body, response);
  return gateway_.handle(request, body, response);
}

Task<void> IpfsDoors::tick() {
  co_await worker_.look();
  if (ticks_++ % kTicksBetweenCounts == 0) co_await worker_.count();
}

/// kubo's own addresses; without a kubo this master's listener, where what was pinned can be asked for.
Task<std::vector<std::string>> IpfsDoors::delegates() {
  if (!configured_.empty()) co_return configured_;
  std::vector<std::string> out;
  if (peer_) out = co_await peer_->addresses();
  const auto address = fleet::parseAddress(parts_.apiAddress());
  if (!out.empty() || !address) co_return out;
  boost::system::error_code named;
  const auto literal = net::ip::make_address(address->host, named);
  const std::string kind = named ? "/dns/" : literal.is_v4() ? "/ip4/" : "/ip6/";
  out.push_back(kind + address->host + "/tcp/" + std::to_string(address->port) + (tls_ ? "/https" : "/http") + "/p2p/" +
                pins::peerIdOf(parts_.publicKey));
  co_return out;
}

Task<gateway::Asked<Cid>> IpfsDoors::content(const http::Request& request) {
  if (!request.headers.has("x-cairn-pin")) co_return asAsked(co_await authority_.contentOf(request));
  const auto root = co_await pins_.readable(request);
  if (!root) co_return gateway::Refusal{root.error().status, root.error().details};
  co_return *root;
}

Task<gateway::Asked<Cid>> IpfsDoors::contents(const http::Request& request, std::string bucket) {
  co_return asAsked(co_await authority_.contentsOf(request, std::move(bucket)));
}

}  // namespace cairn::app
