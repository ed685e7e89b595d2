#include <map>

#include "daemon/registry/sqlite/calls.h"
#include "daemon/registry/sqlite/checkpointer.h"
#include "daemon/registry/sqlite/fleet.h"
#include "daemon/registry/sqlite/flip.h"
#include "daemon/registry/sqlite/identity.h"
#include "daemon/registry/sqlite/migrate.h"
#include "daemon/registry/sqlite/records.h"
#include "daemon/registry/sqlite/rows.h"
#include "daemon/registry/sqlite/sealed.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "daemon/registry/sqlite/thinning.h"

namespace cairn::registry {
namespace sqlite {
namespace {

constexpr std::size_t kMaxReadsTogether = 1024;

struct PointRead {
  BucketId bucket;
  OneShot<Result<RootRow>> done;
};

struct Connections {
  std::unique_ptr<Connection> writer, soft, checkpoints, points, scans, news;
};

class Engine final : public Registry, Calls {
 public:
  Engine(Connections connections, const Connection::Options& durable, const Connection::Options& soft)
      : Calls(writer_, soft_, scanner_, newsReader_),
        points_(std::move(connections.points)),
        scans_(std::move(connections.scans)),
        news_(std::move(connections.news)),
        checkpointer_(std::move(connections.checkpoints)),
        writer_(std::move(connections.writer), durable, [this](int pages) { checkpointer_.logGrew(pages); }),
        soft_(std::move(connections.soft), soft, nullptr),
        pointReader_([this](std::vector<PointRead> batch) { answer(std::move(batch)); }, kMaxReadsTogether),
        scanner_([this](std::vector<Scan> batch) { scan(*scans_, batch); }, 1),
        newsReader_([this](std::vector<Scan> batch) { scan(*news_, batch); }, 1),
        identity_(*this) {}

  IdentityRegistry& identity() override { return identity_; }

  Task<Result<RootRow>> read(BucketId bucket) override {
    OneShot<Result<RootRow>> done;
    pointReader_.submit({std::move(bucket), done});
    co_return co_await done.wait();
  }
  Task<FlipResult> flip(FlipRequest request) override {
    OneShot<FlipResult> done;
    writer_.submit(std::make_unique<FlipUnit>(std::move(request), done));
    co_return co_await done.wait();
  }
  Task<Result<std::vector<BucketRow>>> list(OwnerId owner) override {
    return look<std::vector<BucketRow>>([owner](Connection& c) { return listPointers(c, owner); });
  }
  Task<Result<std::vector<HistoryRow>>> history(BucketId bucket, Version from, Version to, std::size_t limit) override {
    return look<std::vector<HistoryRow>>([=](Connection& c) { return readHistory(c, bucket, from, to, limit); });
  }
  Task<Result<std::optional<HistoryRow>>> historyOfRoot(BucketId bucket, Cid root) override {
    return look<std::optional<HistoryRow>>([=](Connection& c) { return readHistoryOfRoot(c, bucket, root); });
  }
  Task<Status> thin(Thinned range, Duration leastAge) override {
    return change<void>(writer_, [=](Connection& c) { return sqlite::thin(c, range, leastAge); });
  }
  Task<Result<std::vector<Thinned>>> thinned(BucketId bucket, Version from, std::size_t limit) override {
    return look<std::vector<Thinned>>([=](Connection& c) { return readThinned(c, bucket, from, limit); });
  }
  Task<Result<MasterId>> takeTurn(BucketId bucket, MasterId master, std::uint32_t milliseconds) override {
    return change<MasterId>(soft_, [=](Connection& c) { return sqlite::takeTurn(c, bucket, master, milliseconds); });
  }

  Task<Result<std::optional<BucketId>>> alias(BucketName name) override {
    return look<std::optional<BucketId>>([name](Connection& c) { return readAlias(c, name); });
  }
  Task<Status> claimAlias(BucketName name, OwnerId owner) override {
    return change<void>(writer_, [=](Connection& c) { return sqlite::claimAlias(c, name, owner); });
  }
  Task<Status> dropAlias(BucketName name, OwnerId owner) override {
    return change<void>(writer_, [=](Connection& c) { return sqlite::dropAlias(c, name, owner); });
  }

  Task<Result<Master>> registerMaster(Master master) override {
    return change<Master>(writer_, [master](Connection& c) { return sqlite::registerMaster(c, master); });
  }
  Task<Status> heartbeat(MasterId master, Epoch epoch) override {
    return change<void>(soft_, [=](Connection& c) { return sqlite::heartbeat(c, master, epoch); });
  }
  Task<Result<std::vector<Master>>> masters() override { return look<std::vector<Master>>(readMasters); }
  Task<Result<std::vector<ReceiptKey>>> receiptKeys() override {
    return look<std::vector<ReceiptKey>>(readReceiptKeys);
  }
  Task<Result<Epoch>> fence(MasterId master) override {
    return change<Epoch>(writer_, [master](Connection& c) { return sqlite::fence(c, master); });
  }
  Task<Status> unfence(MasterId master) override {
    return change<void>(writer_, [master](Connection& c) { return sqlite::unfence(c, master); });
  }
  Task<Result<WriterLease>> takeWriterLease(MasterId master, std::uint32_t milliseconds) override {
    return change<WriterLease>(writer_, [=](Connection& c) { return takeLease(c, master, milliseconds); });
  }
  Task<Result<WriterLease>> writerLease() override { return look<WriterLease>(readLease); }
  Task<Status> releaseWriterLease(MasterId master, std::uint64_t term) override {
    return change<void>(writer_, [=](Connection& c) { return releaseLease(c, master, term); });
  }
  Task<Result<bool>> requireCas() override { return look<bool>(readRequireCas); }
  Task<Status> setRequireCas(bool required) override {
    return change<void>(writer_, [=](Connection& c) { return sqlite::setRequireCas(c, required); });
  }
  Task<Result<std::string>> fleetId() override { return look<std::string>(readFleetId); }

  Task<Status> recordRace(Race race) override {
    return change<void>(writer_, [race = std::move(race)](Connection& c) { return sqlite::recordRace(c, race); });
  }
  Task<Result<std::vector<Race>>> races(std::optional<BucketId> bucket, std::size_t limit) override {
    return look<std::vector<Race>>([=](Connection& c) { return readRaces(c, bucket, limit); });
  }
  Task<Status> addEvent(std::string kind, std::string json) override {
    return change<void>(writer_, [=](Connection& c) { return sqlite::addEvent(c, kind, json); });
  }
  Task<Result<std::vector<Event>>> events(std::uint64_t after, std::size_t limit) override {
    return look<std::vector<Event>>([=](Connection& c) { return readEvents(c, after, limit); });
  }
  Task<Result<std::uint64_t>> lastEvent() override { return look<std::uint64_t>(readLastEvent); }

 private:
  // One snapshot, begun after every call of the batch, serves all; a bucket asked for twice is read once.
  void answer(std::vector<PointRead> batch) {
    std::map<BucketId, Pointer> seen;
    static_cast<void>(Query(*points_, "BEGIN").run("begin a read"));
    for (const PointRead& job : batch)
      if (auto [at, fresh] = seen.try_emplace(job.bucket); fresh) at->second = readPointer(*points_, job.bucket);
    const Status here = notSealed(*points_);
    static_cast<void>(Query(*points_, "COMMIT").run("end a read"));
    points_->fairness().withdraw();
    for (PointRead& job : batch) {
      const Pointer& pointer = seen.at(job.bucket);
      if (!here) {
        job.done.set(here.error());
      } else if (pointer.bad) {
        job.done.set(*pointer.bad);
      } else {
        job.done.set(pointer.row);
      }
    }
  }
  static void scan(Connection& connection, std::vector<Scan>& batch) {
    for (Scan& body : batch) body(connection);
    connection.fairness().withdraw();
  }

  // Destroyed from the last to the first: each thread before what it uses.
  std::unique_ptr<Connection> points_, scans_, news_;
  Checkpointer checkpointer_;
  Writer writer_, soft_;
  Worker<PointRead> pointReader_;
  Worker<Scan> scanner_, newsReader_;
  SqliteIdentity identity_;
};

Result<Connections> connect(const Connection::Options& durable, const Connection::Options& soft) {
  Connections all;
  for (auto* slot : {&all.writer, &all.checkpoints, &all.points, &all.scans, &all.news, &all.soft}) {
    auto opened = Connection::open(slot == &all.soft ? soft : durable);
    if (!opened) return opened.error();
    *slot = std::move(*opened);
    if (slot != &all.writer) continue;
    if (Status here = notSealed(**slot); !here) return fail(Errc::precondition, here.error().message);
    if (Status ready = migrate(**slot); !ready) return ready.error();
  }
  return all;
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Registry>> openSqlite(SqliteOptions options) {
  sqlite::Connection::Options durable{options.path.string(), options.vfs, true, options.lockPatience};
  sqlite::Connection::Options soft = durable;
  soft.durable = false;
  auto connections = sqlite::connect(durable, soft);
  if (!connections) return connections.error();
  return std::unique_ptr<Registry>(std::make_unique<sqlite::Engine>(std::move(*connections), durable, soft));
}

Result<SqliteMigrated> migrateSqlite(const std::filesystem::path& path, std::optional<int> to) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(Errc::not_found, "there is no registry file " + path.string());
  auto opened = sqlite::Connection::open({path.string(), {}, true, std::chrono::seconds(10)});
  if (!opened) return opened.error();
  auto from = sqlite::schemaVersion(**opened);
  if (!from) return from.error();
  const int latest = sqlite::migrations().back().number;
  if (to && (*to < 0 || *to > latest)) return fail(Errc::invalid, "there is no migration " + std::to_string(*to));
  Status done = to && *to < *from ? sqlite::rollBack(**opened, *to) : sqlite::migrate(**opened, to.value_or(latest));
  if (!done) return done.error();
  return SqliteMigrated{*from, to.value_or(latest)};
}

}  // namespace cairn::registry
