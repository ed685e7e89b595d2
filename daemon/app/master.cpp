// A master: the whole object graph, from the registry up to the doors.
#include "daemon/admin/auth_door.h"
#include "daemon/admin/door.h"
#include "daemon/app/catch_up.h"
#include "daemon/app/credentials.h"
#include "daemon/app/holders.h"
#include "daemon/app/identity.h"
#include "daemon/app/ipfs_doors.h"
#include "daemon/app/keys.h"
#include "daemon/app/lease_keeper.h"
#include "daemon/app/listen.h"
#include "daemon/app/node.h"
#include "daemon/app/pinning.h"
#include "daemon/app/receipts.h"
#include "daemon/app/root_pins.h"
#include "daemon/app/status.h"
#include "daemon/app/stores.h"
#include "daemon/app/thinner.h"
#include "daemon/bucket/local_service.h"
#include "daemon/fleet/membership.h"
#include "daemon/gateway/door.h"
#include "daemon/rt/log.h"
#include "daemon/s3/door.h"

namespace cairn::app {
namespace {
class Master final : public Node {
 public:
  Master(const Config& config, DataPlane& plane, std::unique_ptr<registry::Registry> registry)
      : config_(config), plane_(plane), id_(config.node), registry_(std::move(registry)) {}

  Status start() override {
    if (auto s = openStores(); !s) return s;
    if (auto s = buildPinning(); !s) return s;
    buildBuckets();
    if (auto s = plane_.start(learnIdentities()).get(); !s) return s;
    if (auto s = buildDoors(); !s) return s;
    if (auto s = listen(); !s) return s;
    if (auto s = plane_.start(join()).get(); !s) return s;
    plane_.start(catchUp(*registry_, pinning_));
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
    plane_.start(thinner_->look(writer_.epoch));
    plane_.start(ipfs_->tick());
    if (!ticking_.exchange(true)) plane_.start(duties());  // else the one before still waits for the registry
    if (rootPins_ && !looking_.exchange(true)) plane_.start(lookForPins());
  }

  void drain() override {
    status_->setDraining();
    admin_->stop();
    plane_.start(s3_->drain(config_.drain)).get();
    plane_.start(ipfs_->stop()).get();
    identity_->stop();
    // Peers may still be pushing to this node while its own last commits finish; the other doors close last.
    auto blocks = plane_.start(blockServer_->drain(config_.drain));
    auto api = plane_.start(apiServer_->drain(std::chrono::seconds(1)));
    blocks.get();
    api.get();
    followed_.get();
    plane_.start(lease_->release()).get();
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
    if (const std::string how = registry_->losesHow(); !how.empty())
      log::warning("registry", "the database may lose acknowledged writes", {{"how", how}});
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
    thinner_ = std::make_unique<Thinner>(*registry_, *clock_, id_, config_.thinning, keys_.receipts);
    const bucket::EngineOptions options{.maxAttempts = config_.maxAttempts,
                                        .keepLosers = config_.keepLosers,
                                        .claimNames = config_.aliases == "first-come"};
    context_ = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
        *registry_, *pinning_.quorum, *nodes_, *roots_, *clock_, *random_, *receipts_, writer_, options});
    service_ = bucket::makeService(*context_, *blocks_.store, *pinning_.fetcher, plane_.commits().get_executor());
    status_ = std::make_unique<MasterStatus>(id_, *roots_, *blocks_.store, pinning_.follower, *clock_, *registry_,
                                             blocks_.kubo);
    lease_ = std::make_unique<LeaseKeeper>(*registry_, *status_, writer_);
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
    IpfsParts ipfs{plane_.io(),  *registry_,       *pinning_.fetcher, *blocks_.store,
                   blocks_.kubo, *pinning_.quorum, *service_,         *authenticator_,
                   *clock_,      *random_,         receiptKey(),      [this] { return apiServer_->endpoint(); }};
    ipfs_ = std::make_unique<IpfsDoors>(config_, std::move(ipfs));
    admin_ = std::make_unique<admin::Door>(*registry_, *status_, *service_, *clock_, checkReceipt, admin::FeedTiming{},
                                           identity_->access());
    return {};
  }

  /// Listening comes before registering, which states the ports; until then nobody is answered.
  Task<void> serveS3(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
    if (status_->serving()) co_return co_await door_->handle(request, body, response);
    (void)co_await response.send(http::ResponseHead{503, {{"Retry-After", "1"}}}, {});
  }

  Status listen() {
    auto s3 = openServer(plane_.io(), "s3", config_.s3, http::Limits::kNoLimit, {},
                         [this](auto& q, auto& b, auto& r) { return serveS3(q, b, r); });
    if (!s3) return s3.error();
    s3_ = std::move(*s3);
    auto api = openServer(plane_.io(), "api", config_.api, 1 << 20, {}, [this](auto& q, auto& b, auto& r) {
      if (IpfsDoors::serves(q.path)) return ipfs_->handle(q, b, r);
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

  Bytes receiptKey() const {
    const auto key = keys_.receipts->publicKey();
    return {key.begin(), key.end()};
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
    m.receiptKey = receiptKey();
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
    if (!registered->fenced) co_await lease_->look();
    co_return Status{};
  }

  Task<void> duties() {
    // Also when something throws: a master that stops beating is taken for dead.
    std::shared_ptr<void> done(nullptr, [this](void*) { ticking_ = false; });
    auto beat = co_await registry_->heartbeat(id_, writer_.epoch);
    if (beat || beat.error().code == Errc::fenced) {
      status_->heard();
      if (!beat) status_->setWriteBar(beat.error().message);
    } else {
      log::warning("app", "heartbeat failed", {{"error", beat.error().message}});
    }
    if (beat) co_await lease_->look();
    if (auto s = co_await members_->refresh(); !s)
      log::warning("app", "membership could not be read", {{"error", s.error().message}});
    status_->exportGauges(pinning_.fetcher->fetched());
  }

  /// Beside the duties: it may read very much, which must not keep heartbeats waiting.
  Task<void> lookForPins() {
    std::shared_ptr<void> done(nullptr, [this](void*) { looking_ = false; });
    co_await rootPins_->look();
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
  std::unique_ptr<RootPins> rootPins_;
  std::unique_ptr<Thinner> thinner_;
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
  std::unique_ptr<LeaseKeeper> lease_;
  std::unique_ptr<Identity> identity_;
  std::future<void> followed_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<s3::Door> door_;
  std::unique_ptr<gateway::BlockDoor> blockDoor_;
  std::unique_ptr<IpfsDoors> ipfs_;
  std::unique_ptr<admin::Door> admin_;
  std::unique_ptr<admin::AuthDoor> authDoor_;
  std::unique_ptr<http::Server> s3_, apiServer_, blockServer_;
  std::atomic<bool> ticking_{false}, looking_{false};
};

}  // namespace

std::unique_ptr<Node> makeMaster(const Config& config, DataPlane& plane, std::unique_ptr<registry::Registry> registry) {
  return std::make_unique<Master>(config, plane, std::move(registry));
}

}  // namespace cairn::app
