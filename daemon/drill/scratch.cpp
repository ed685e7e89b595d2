#include "daemon/drill/scratch.h"

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>

#include "daemon/auth/authenticator.h"
#include "daemon/blocks/embedded/embedded.h"
#include "daemon/bucket/local_service.h"
#include "daemon/http/server.h"
#include "daemon/pinning/local.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "daemon/s3/door.h"

namespace cairn::drill {
namespace {

constexpr std::uint32_t kLeaseMilliseconds = 24 * 3600 * 1000;  // longer than any drill: nobody renews it
constexpr std::uint64_t kNodeCache = 16U << 20;

class NoReceipts final : public bucket::Receipts {
 public:
  Bytes make(const registry::FlipRequest&, BytesView) override { return {}; }
};

/// Declared in the order in which things stand on one another.
struct ScratchMaster {
  MasterId id;
  std::unique_ptr<blocks::EmbeddedStore> store;
  std::unique_ptr<registry::Registry> registry;
  std::shared_ptr<pinning::LocalHolder> local;
  std::unique_ptr<pinning::Fetcher> fetcher;
  std::unique_ptr<pinning::Quorum> quorum;
  std::unique_ptr<bucket::index::NodeSource> nodes;
  std::unique_ptr<bucket::Roots> roots;
  bucket::Writer writer;
  std::unique_ptr<bucket::EngineContext> context;
  std::unique_ptr<bucket::Service> service;
  std::unique_ptr<s3::Door> door;
  std::unique_ptr<http::Server> server;
};

class ScratchFleet final : public Scratch {
 public:
  ScratchFleet(net::io_context& io, bool cas, std::string directory)
      : io_(io), cas_(cas), directory_(std::move(directory)) {}
  ~ScratchFleet() override {
    masters_.clear();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  Status open(std::size_t masters) {
    std::array<std::uint8_t, 24> secret{};
    random_->fill(secret);
    credentials_ = {"CAIRNDRILL", toHex(secret), "us-east-1"};
    auto keys = auth::StaticCredentials::make({{credentials_.accessKey, credentials_.secret, OwnerId("drill"), true}});
    if (!keys) return keys.error();
    authenticator_ = std::make_unique<auth::Authenticator>(auth::AuthConfig{},
                                                           std::make_shared<auth::StaticCredentials>(std::move(*keys)));
    for (std::size_t i = 0; i < masters; ++i)
      if (auto s = openStores(i); !s) return s;
    for (std::size_t i = 0; i < masters; ++i) wire(i);
    return {};
  }

  Task<Status> start() override {
    for (auto& m : masters_) {
      if (auto s = co_await join(*m); !s) co_return s;
      http::ServerOptions options;
      options.name = "drill";
      m->server = std::make_unique<http::Server>(
          io_, options, [door = m->door.get()](auto& q, auto& b, auto& r) { return door->handle(q, b, r); });
      if (auto s = m->server->start(); !s) co_return s;
      endpoints_.push_back({"127.0.0.1", m->server->port(), false, {}});
    }
    co_return Status{};
  }

  Task<void> stop() override {
    for (auto& m : masters_)
      if (m->server) (void)co_await m->server->drain(std::chrono::seconds(5));
  }

  void kill(std::size_t master) override { masters_[master]->server.reset(); }
  std::vector<http::Endpoint> endpoints() const override { return endpoints_; }
  Credentials credentials() const override { return credentials_; }
  const std::string& directory() const override { return directory_; }

 private:
  Status openStores(std::size_t i) {
    auto m = std::make_unique<ScratchMaster>();
    m->id = MasterId("m" + std::to_string(i + 1));
    blocks::EmbeddedOptions options;
    options.directory = directory_ + "/" + m->id.get();
    options.reserveBytes = 0;
    options.cacheBytes = 8U << 20;
    auto store = blocks::openEmbedded(options);
    if (!store) return store.error();
    m->store = std::move(*store);
    auto registry = registry::openSqlite({directory_ + "/registry.sqlite", {}, std::chrono::seconds(10)});
    if (!registry) return registry.error();
    m->registry = std::move(*registry);
    m->local = std::make_shared<pinning::LocalHolder>(m->id, *m->store);
    masters_.push_back(std::move(m));
    return {};
  }

  void wire(std::size_t i) {
    ScratchMaster& m = *masters_[i];
    std::vector<std::shared_ptr<pinning::Holder>> others;
    for (std::size_t j = 0; j < masters_.size(); ++j)
      if (j != i) others.push_back(masters_[j]->local);
    m.fetcher = std::make_unique<pinning::Fetcher>(*m.store, others);
    m.quorum =
        std::make_unique<pinning::Quorum>(m.local, *m.store, others, pinning::QuorumRule{others.empty() ? 0U : 1U});
    m.nodes = std::make_unique<bucket::index::NodeSource>(*m.fetcher, kNodeCache);
    m.roots = std::make_unique<bucket::Roots>(*m.registry, *m.fetcher);
    m.context = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
        *m.registry, *m.quorum, *m.nodes, *m.roots, *clock_, *random_, receipts_, m.writer, bucket::EngineOptions{}});
    m.service = bucket::makeService(*m.context, *m.store, *m.fetcher, io_.get_executor());
    s3::Options options;
    options.accessLog = s3::AccessLog::off;
    m.door = std::make_unique<s3::Door>(options, *m.service, *authenticator_, *clock_, *random_);
  }

  Task<Status> join(ScratchMaster& m) {
    m.writer.cas = cas_;
    if (!cas_ && &m != masters_.front().get()) {  // the other writer takes itself for the first one
      m.writer.master = masters_.front()->writer.master;
      m.writer.epoch = masters_.front()->writer.epoch;
      m.writer.leaseTerm = masters_.front()->writer.leaseTerm.load();
      co_return Status{};
    }
    registry::Master row;
    row.id = m.id;
    row.cas = cas_;
    row.profile = "master";
    auto registered = co_await m.registry->registerMaster(row);
    if (!registered) co_return registered.error();
    m.writer.master = m.id;
    m.writer.epoch = registered->epoch;
    if (cas_) co_return Status{};
    auto lease = co_await m.registry->takeWriterLease(m.id, kLeaseMilliseconds);
    if (!lease) co_return lease.error();
    m.writer.leaseTerm = lease->term;
    co_return Status{};
  }

  net::io_context& io_;
  bool cas_;
  std::string directory_;
  std::unique_ptr<Clock> clock_ = systemClock();
  std::unique_ptr<Random> random_ = systemRandom();
  NoReceipts receipts_;
  Credentials credentials_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::vector<std::unique_ptr<ScratchMaster>> masters_;
  std::vector<http::Endpoint> endpoints_;
};

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(net::io_context& io, bool cas, std::size_t masters) {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / "cairn-drill-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr)
    return fail(Errc::io, "no scratch directory can be made as " + pattern + "; set TMPDIR to a directory with room");
  auto fleet = std::make_unique<ScratchFleet>(io, cas, pattern);
  if (auto s = fleet->open(masters); !s) return s.error();
  return std::unique_ptr<Scratch>(std::move(fleet));
}

}  // namespace cairn::drill
