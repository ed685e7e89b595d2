// A master: the whole object graph, from the registry up to the doors.
#include "daemon/admin/auth_door.h"
#include "daemon/admin/door.h"
#include "daemon/app/credentials.h"
#include "daemon/app/gateway.h"
#include "daemon/app/holders.h"
#include "daemon/app/identity.h"
#include "daemon/app/keys.h"
#include "daemon/app/listen.h"
#include "daemon/app/node.h"
#include "daemon/app/pinning.h"
#include "daemon/app/receipts.h"
#include "daemon/app/registry.h"
#include "daemon/app/root_pins.h"
#include "daemon/app/status.h"
#include "daemon/app/stores.h"
#include "daemon/bucket/local_service.h"
#include "daemon/fleet/membership.h"
#include "daemon/gateway/door.h"
#include "daemon/rt/log.h"
#include "daemon/s3/door.h"

namespace cairn::app {
namespace {
constexpr std::uint32_t kLeaseMilliseconds = 10'000;
class Master final : public Node {
 public:
  Master(const Config& config, DataPlane& plane) : config_(config), plane_(plane), id_(config.node) {}

  Status start() override {
    if (auto s = openStores(); !s) return s;
    if (auto s = buildPinning(); !s) return s;
    buildBuckets();
    if (auto s = plane_.start(learnIdentities()).get(); !s) return s;
    if (auto s = buildDoors(); !s) return s;
    if (auto s = listen(); !s) return s;
    if (auto s = plane_.start(join()).get(); !s) return s;
    plane_.start(catchUp());
    followed_ = plane_.start(identity_->follow());
    status_->setServing();
    log::info("app", "master serves",
              {{"s3", s3_->endpoint()},
               {"api", apiServer_->endpoint()},
               {"blocks", blockServer_->endpoint()},
               {"cas", config_.cas},
               {"epoch", writer_.epoch.get()},
               {"key", keys_.fingerprint}});
    return {};
  }

  void tick() override {
    storage_->tick(plane_);
    if (ticking_.exchange(true)) return;  // the one before still waits for the registry
    plane_.start(duties());
  }

  void drain() override {
    status_->setDraining();
    admin_->stop();
    plane_.start(s3_->drain(config_.drain)).get();
    identity_->stop();
    // Peers may still be pushing to this node while its own last commits finish; the other doors close last.
    auto blocks = plane_.start(blockServer_->drain(config_.drain));
    auto api = plane_.start(apiServer_->drain(std::chrono::seconds(1)));
    blocks.get();
    api.get();
    followed_.get();
    if (!config_.cas && writer_.leaseTerm > 0)
      (void)plane_.start(registry_->releaseWriterLease(id_, writer_.leaseTerm)).get();
  }

  Endpoints endpoints() const override { return {s3_->endpoint(), apiServer_->endpoint(), blockServer_->endpoint()}; }

 private:
  Status openStores() {
    auto keys = loadKeys(config_.data);
    if (!keys) return keys.error();
    keys_ = std::move(*keys);
    auto blocks = openBlocks(config_);
    if (!blocks) return blocks.error();
    blocks_ = std::move(*blocks);
    auto registry = openRegistry(config_.registryPath);
    if (!registry) return registry.error();
    registry_ = std::move(registry->registry);
    losesHow_ = std::move(registry->losesHow);
    if (!losesHow_.empty()) log::warning("registry", "the database may lose acknowledged writes", {{"how", losesHow_}});
    members_ = std::make_unique<fleet::Membership>(*registry_, *clock_);
    if (blocks_.kubo) rootPins_ = std::make_unique<RootPins>(*registry_, *blocks_.kubo);
    return {};
  }

  Status buildPinning() {
    http::ClientOptions client;
    client.certPem = keys_.tls.certPem;
    client.keyPem = keys_.tls.keyPem;
    client_ = std::make_unique<http::Client>(plane_.io(), client);
    storage_ = std::make_unique<Holders>(config_.holders, *registry_, *client_, *members_);
    auto pinning = Pinning::open(
        config_, *blocks_.store, *client_, [this](const MasterId& id) { return locate(id); }, *clock_, plane_.io());
    if (!pinning) return pinning.error();
    pinning_ = std::move(*pinning);
    return {};
  }

  std::optional<http::Endpoint> locate(const MasterId& id) const {
    auto node = members_->find(id);
    auto address = node ? fleet::parseAddress(node->blocksAddress) : fail(Errc::not_found, "");
    if (!address) return std::nullopt;
    return http::Endpoint{address->host, address->port, true, node->nodeKey};
  }

  void buildBuckets() {
    nodes_ = std::make_unique<bucket::index::NodeSource>(*pinning_.fetcher, config_.nodeCache);
    roots_ = std::make_unique<bucket::Roots>(*registry_, *pinning_.fetcher);
    receipts_ = std::make_unique<ReceiptSigner>(keys_.receipts);
    writer_.master = id_;
    writer_.cas = config_.cas;
    bucket::EngineOptions options;
    options.maxAttempts = config_.maxAttempts;
    options.keepLosers = config_.keepLosers;
    options.claimNames = config_.aliases == "first-come";
    context_ = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
        *registry_, *pinning_.quorum, *nodes_, *roots_, *clock_, *random_, *receipts_, writer_, options});
    service_ = bucket::makeService(*context_, *blocks_.store, *pinning_.fetcher, plane_.commits().get_executor());
    status_ = std::make_unique<MasterStatus>(id_, *roots_, *blocks_.store, pinning_.follower, *clock_, losesHow_,
                                             blocks_.kubo);
  }

  Task<Status> learnIdentities() {
    auto fleet = co_await registry_->fleetId();
    if (!fleet) co_return fleet.error();
    auto identity = Identity::open(config_, *registry_, *clock_, *random_, *fleet, plane_.io());
    if (!identity) co_return identity.error();
    identity_ = std::move(*identity);
    co_return co_await identity_->start();
  }

  Status buildDoors() {
    auto authenticator = makeAuthenticator(config_, *identity_);
    if (!authenticator) return authenticator.error();
    authenticator_ = std::move(*authenticator);
    door_ =
        std::make_unique<s3::Door>(s3Options(config_), *service_, *authenticator_, *clock_, *random_, identity_->sts());
    authDoor_ = std::make_unique<admin::AuthDoor>(identity_->shared().tokens, *clock_);
    blockDoor_ = std::make_unique<gateway::BlockDoor>(*pinning_.local);
    gateway_ = std::make_unique<Gateway>(config_, *pinning_.fetcher, *service_, *authenticator_, *clock_);
    admin_ = std::make_unique<admin::Door>(*registry_, *status_, *service_, *clock_, checkReceipt, admin::FeedTiming{},
                                           identity_->access());
    return {};
  }

  /// Listening comes before registering, which states the ports; until then nobody is answered.
  Task<void> serveS3(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
    if (status_->serving()) co_return co_await door_->handle(request, body, response);
    http::ResponseHead head{503, {{"Retry-After", "1"}}};
    (void)co_await response.send(std::move(head), {});
  }

  Status listen() {
    auto s3 = openServer(plane_.io(), "s3", config_.s3, http::Limits::kNoLimit, {},
                         [this](auto& q, auto& b, auto& r) { return serveS3(q, b, r); });
    if (!s3) return s3.error();
    s3_ = std::move(*s3);
    auto api = openServer(plane_.io(), "api", config_.api, 1 << 20, {}, [this](auto& q, auto& b, auto& r) {
      if (gateway::IpfsDoor::serves(q.path)) return gateway_->door.handle(q, b, r);
      return admin::AuthDoor::serves(q.path) ? authDoor_->handle(q, b, r) : admin_->handle(q, b, r);
    });
    if (!api) return api.error();
    apiServer_ = std::move(*api);
    http::ServerTls tls{keys_.tls.certPem, keys_.tls.keyPem,
                        [this](const std::string& key) { return members_->knowsKey(key); }};
    auto blocks = openServer(plane_.io(), "blocks", config_.blocks, http::Limits::kNoLimit, std::move(tls),
                             [this](auto& q, auto& b, auto& r) { return blockDoor_->handle(q, b, r); });
    if (!blocks) return blocks.error();
    blockServer_ = std::move(*blocks);
    return {};
  }

  registry::Master self() const {
    registry::Master m;
    m.id = id_;
    m.cas = config_.cas;
    m.version = CAIRN_VERSION;
    m.s3Address = s3_->endpoint();
    m.apiAddress = apiServer_->endpoint();
    m.blocksAddress = config_.blocksAdvertise.empty() ? blockServer_->endpoint() : config_.blocksAdvertise;
    m.nodeKey = keys_.fingerprint;
    auto key = keys_.receipts->publicKey();
    m.receiptKey.assign(key.begin(), key.end());
    m.profile = "master";
    return m;
  }

  /// Registers this incarnation and the storage nodes that the configuration names.
  Task<Status> join() {
    if (auto s = co_await storage_->list(); !s) co_return s;
    auto registered = co_await registry_->registerMaster(self());
    if (!registered) co_return registered.error();
    writer_.epoch = registered->epoch;
    if (registered->fenced) status_->setWriteBar("this master is fenced; an operator must unfence it");
    status_->heard();
    if (auto s = co_await members_->refresh(); !s) co_return s;
    if (!config_.cas) co_await renewLease();
    co_return Status{};
  }

  Task<void> renewLease() {
    auto lease = co_await registry_->takeWriterLease(id_, kLeaseMilliseconds);
    if (!lease) {
      status_->setWriteBar(lease.error().message);
      co_return;
    }
    bool mine = lease->holder == id_;
    writer_.leaseTerm = mine ? lease->term : 0;
    status_->setWriteBar(mine ? "" : "registry.cas is off and the writer lease is held by " + lease->holder.get());
  }

  Task<void> duties() {
    // Also when something throws: a master that stops beating is taken for dead.
    std::shared_ptr<void> done(nullptr, [this](void*) { ticking_ = false; });
    auto beat = co_await registry_->heartbeat(id_, writer_.epoch);
    if (beat || beat.error().code == Errc::fenced) {
      status_->heard();
      if (!beat || config_.cas) status_->setWriteBar(beat ? "" : beat.error().message);
    } else {
      log::warning("app", "heartbeat failed", {{"error", beat.error().message}});
    }
    if (beat && !config_.cas) co_await renewLease();
    if (auto s = co_await members_->refresh(); !s)
      log::warning("app", "membership could not be read", {{"error", s.error().message}});
    if (rootPins_) co_await rootPins_->look();
    status_->exportGauges(pinning_.fetcher->fetched());
  }

  /// Makes this node complete for every bucket, so that its first commits need not fetch.
  Task<void> catchUp() {
    auto rows = co_await registry_->list(OwnerId());
    if (!rows) co_return;
    for (const auto& row : *rows) {
      if (!row.row.root) continue;
      std::vector<Cid> earlier;
      if (pinning_.follower) earlier = co_await rootsBefore(*registry_, row.bucket, row.row.version);
      if (auto s = co_await pinning_.quorum->catchUp(row.bucket, *row.row.root, std::move(earlier)); !s)
        log::warning("app", "bucket is not complete here yet",
                     {{"bucket", row.bucket.name.get()}, {"reason", s.error().message}});
    }
  }

  Config config_;
  DataPlane& plane_;
  MasterId id_;
  std::unique_ptr<Clock> clock_ = systemClock();
  std::unique_ptr<Random> random_ = systemRandom();
  NodeKeys keys_;
  bucket::Writer writer_;
  BlockStore blocks_;
  std::unique_ptr<registry::Registry> registry_;
  std::string losesHow_;  ///< the registry's database; empty: it does not
  std::unique_ptr<RootPins> rootPins_;
  std::unique_ptr<fleet::Membership> members_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<Holders> storage_;
  Pinning pinning_;
  std::unique_ptr<bucket::index::NodeSource> nodes_;
  std::unique_ptr<bucket::Roots> roots_;
  std::unique_ptr<ReceiptSigner> receipts_;
  std::unique_ptr<bucket::EngineContext> context_;
  std::unique_ptr<bucket::Service> service_;
  std::unique_ptr<MasterStatus> status_;
  std::unique_ptr<Identity> identity_;
  std::future<void> followed_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<s3::Door> door_;
  std::unique_ptr<gateway::BlockDoor> blockDoor_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<admin::Door> admin_;
  std::unique_ptr<admin::AuthDoor> authDoor_;
  std::unique_ptr<http::Server> s3_, apiServer_, blockServer_;
  std::atomic<bool> ticking_{false};
};

}  // namespace

std::unique_ptr<Node> makeMaster(const Config& config, DataPlane& plane) {
  return std::make_unique<Master>(config, plane);
}

}  // namespace cairn::app
