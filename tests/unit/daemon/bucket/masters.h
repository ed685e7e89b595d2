// Two or more masters in one process, over one real registry file and real block stores, for tests of the bucket
// service.
//
// Contract: each Fleet makes its own temporary directory and removes it. Masters hold for one another directly, without
// a network. Not for use from several threads, but service calls may be spawned on `io`.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "daemon/blocks/embedded/embedded.h"
#include "daemon/bucket/local_service.h"
#include "daemon/pinning/local.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "tests/support/run.h"

namespace cairn::test {

class NoReceipts final : public bucket::Receipts {
 public:
  Bytes make(const registry::FlipRequest&, BytesView) override { return {}; }
};

struct MasterRig {
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
};

class Fleet {
 public:
  explicit Fleet(std::size_t n, bool cas = true, std::size_t quorum = 1, bucket::EngineOptions options = {},
                 std::unique_ptr<Clock> time = systemClock(), std::unique_ptr<Random> chance = systemRandom())
      : clock(std::move(time)), random(std::move(chance)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "cairn-bucket-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    for (std::size_t i = 0; i < n; ++i) open(i);
    for (std::size_t i = 0; i < n; ++i) wire(i, cas, std::min(quorum, n - 1), options);
  }
  ~Fleet() {
    masters_.clear();
    std::filesystem::remove_all(directory_);
  }
  MasterRig& operator[](std::size_t i) { return *masters_[i]; }
  std::size_t size() const { return masters_.size(); }
  const std::string& directory() const { return directory_; }

  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{
      io.get_executor()};  ///< stores answer from their threads
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Random> random;

  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    net::co_spawn(io, std::move(task), [&](std::exception_ptr e, T v) {
      if (e) std::rethrow_exception(e);
      value.emplace(std::move(v));
    });
    while (!value) io.run_one();
    return std::move(*value);
  }
  /// Drives everything until `done()`; false when that did not come true in time.
  template <class Condition>
  bool until(Condition done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::milliseconds(50));
    return done();
  }

 private:
  void open(std::size_t i) {
    auto m = std::make_unique<MasterRig>();
    m->id = MasterId("m" + std::to_string(i + 1));
    blocks::EmbeddedOptions options;
    options.directory = directory_ + "/" + m->id.get();
    options.reserveBytes = 0;
    std::filesystem::create_directories(options.directory);
    auto store = blocks::openEmbedded(options);
    CAIRN_ASSERT(store.has_value());
    m->store = std::move(*store);
    auto registry = registry::openSqlite({directory_ + "/registry.sqlite", {}, std::chrono::seconds(10)});
    CAIRN_ASSERT(registry.has_value());
    m->registry = std::move(*registry);
    m->local = std::make_shared<pinning::LocalHolder>(m->id, *m->store);
    masters_.push_back(std::move(m));
  }

  void wire(std::size_t i, bool cas, std::size_t quorum, bucket::EngineOptions options) {
    MasterRig& m = *masters_[i];
    std::vector<std::shared_ptr<pinning::Holder>> others;
    for (std::size_t j = 0; j < masters_.size(); ++j)
      if (j != i) others.push_back(masters_[j]->local);
    m.fetcher = std::make_unique<pinning::Fetcher>(*m.store, others);
    m.quorum = std::make_unique<pinning::Quorum>(m.local, *m.store, others, pinning::QuorumRule{quorum});
    m.nodes = std::make_unique<bucket::index::NodeSource>(*m.fetcher, 16 << 20);
    m.roots = std::make_unique<bucket::Roots>(*m.registry, *m.fetcher);
    registry::Master row;
    row.id = m.id;
    row.cas = cas;
    row.profile = "master";
    auto registered = run(m.registry->registerMaster(row));
    CAIRN_ASSERT(registered.has_value());
    m.writer.master = m.id;
    m.writer.epoch = registered->epoch;
    m.writer.cas = cas;
    if (!cas) m.writer.leaseTerm = run(m.registry->takeWriterLease(m.id, 60'000))->term;
    m.context = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
        *m.registry, *m.quorum, *m.nodes, *m.roots, *clock, *random, receipts_, m.writer, options});
    m.service = bucket::makeService(*m.context, *m.store, *m.fetcher, io.get_executor());
  }

  std::string directory_;
  NoReceipts receipts_;
  std::vector<std::unique_ptr<MasterRig>> masters_;
};

}  // namespace cairn::test
