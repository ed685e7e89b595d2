#include <mutex>
#include <thread>

#include "daemon/registry/news.h"
#include "daemon/registry/postgres/durability.h"
#include "daemon/registry/postgres/events.h"
#include "daemon/registry/postgres/fleet.h"
#include "daemon/registry/postgres/flip.h"
#include "daemon/registry/postgres/identity.h"
#include "daemon/registry/postgres/listening.h"
#include "daemon/registry/postgres/migrate.h"
#include "daemon/registry/postgres/pins.h"
#include "daemon/registry/postgres/postgres.h"
#include "daemon/registry/postgres/records.h"
#include "daemon/registry/postgres/thinning.h"
#include "daemon/rt/log.h"

namespace cairn::registry {
namespace postgres {
namespace {

using Settings = std::map<std::string, std::string>;
constexpr const char* kTurnLock = "200";  // milliseconds that a hint is worth

/// What a database's or a role's own defaults must not change.
Settings settings(std::chrono::milliseconds statementTimeout, const Settings& more) {
  Settings all{{"statement_timeout", std::to_string(statementTimeout.count())},
               {"lock_timeout", "0"},
               {"idle_in_transaction_session_timeout", "60000"},
               {"default_transaction_isolation", "read committed"},
               {"default_transaction_read_only", "off"},
               {"bytea_output", "hex"},
               {"jit", "off"}};
  for (const auto& [name, value] : more) all[name] = value;
  return all;
}

SessionOptions sessionOptions(const std::vector<Keywords>& hosts, const PostgresOptions& o, bool flips,
                              const Settings& more) {
  SessionOptions out;
  out.hosts = hosts;
  out.settings = settings(flips ? std::chrono::milliseconds(0) : o.statementTimeout, more);
  out.connectWithin = o.patience;
  if (!flips) out.answerWithin = o.statementTimeout + std::chrono::seconds(5);
  return out;
}

class Engine final : public Registry, public News {
 public:
  Engine(const std::vector<Keywords>& hosts, const PostgresOptions& o, std::string losesHow)
      : losesHow_(std::move(losesHow)),
        flipPool_(io_, flipOptions(hosts, o), o.flipSessions, o.patience),
        // Many rows are looked up by their keys, whatever the planner believes of how many there will be.
        pointPool_(io_, pointOptions(hosts, o), 1, o.patience),
        workPool_(io_, sessionOptions(hosts, o, false, {}), 4, o.patience),
        newsPool_(io_, sessionOptions(hosts, o, false, {}), 1, o.patience),
        // A flip holds its bucket's turn until its commit ends, which a standby may hold up for long.
        turnsPool_(io_, sessionOptions(hosts, o, false, {{"lock_timeout", kTurnLock}}), 1, o.patience),
        listening_(io_, sessionOptions(hosts, o, false, {})),
        reader_(io_, pointPool_),
        events_(io_, workPool_),
        flips_(io_, flipPool_, o.flipSessions, reader_, events_),
        calls_(io_, workPool_, newsPool_, turnsPool_),
        identity_(calls_),
        pins_(calls_),
        thread_([this] { io_.run(); }) {}

  ~Engine() override {
    net::post(io_, [this] {
      events_.stop();
      listening_.stop();
      for (Pool* pool : {&flipPool_, &pointPool_, &workPool_, &newsPool_, &turnsPool_}) pool->stop();
      work_.reset();
    });
    thread_.join();
  }

  IdentityRegistry& identity() override { return identity_; }
  PinRegistry* pins() override { return &pins_; }

  Task<Result<RootRow>> read(BucketId bucket) override {
    auto read = [this, bucket] { return reader_.read(bucket); };
    Pointer pointer = co_await calls_.here<Pointer>(read);
    if (pointer.bad) co_return *pointer.bad;
    co_return std::move(pointer.row);
  }
  Task<FlipResult> flip(FlipRequest request) override {
    try {
      co_return co_await calls_.here<FlipResult>([this, &request] { return flips_.flip(request); });
    } catch (const std::exception& thrown) {
      co_return FlipResult{FlipStatus::unknown, {}, std::string("a flip was given up: ") + thrown.what()};
    }
  }
  Task<Result<std::vector<BucketRow>>> list(OwnerId owner) override {
    auto answers = co_await calls_.once("list root pointers", {listCall(owner), confirmCall()});
    if (!answers) co_return answers.error();
    co_return takeList(answers->front());
  }
  Task<Result<std::vector<HistoryRow>>> history(BucketId bucket, Version from, Version to, std::size_t limit) override {
    auto answers = co_await calls_.once("read history", {historyCall(bucket, from, to, limit)});
    if (!answers) co_return answers.error();
    co_return takeHistory(answers->front(), bucket);
  }
  Task<Result<std::optional<HistoryRow>>> historyOfRoot(BucketId bucket, Cid root) override {
    auto answers = co_await calls_.once("read history", {historyOfRootCall(bucket, root)});
    if (!answers) co_return answers.error();
    auto rows = takeHistory(answers->front(), bucket);
    if (rows.empty()) co_return std::nullopt;
    co_return std::move(rows.front());
  }
  Task<Status> thin(Thinned range, Duration leastAge) override {
    return calls_.change<void>([=](Transaction& t) { return postgres::thin(t, range, leastAge); });
  }
  Task<Result<std::vector<Thinned>>> thinned(BucketId bucket, Version from, std::size_t limit) override {
    auto answers = co_await calls_.once("read checkpoints", {thinnedCall(bucket, from, limit)});
    if (!answers) co_return answers.error();
    co_return takeThinned(answers->front(), bucket);
  }
  Task<Result<MasterId>> takeTurn(BucketId bucket, MasterId master, std::uint32_t milliseconds) override {
    auto answers = co_await calls_.hint("take a turn", {takeTurnCall(bucket, master, milliseconds)});
    if (!answers) co_return answers.error();
    co_return MasterId(answers->front().text(0, 0));
  }

  Task<Result<std::optional<BucketId>>> alias(BucketName name) override {
    auto answers = co_await calls_.once("read a bucket alias", {aliasCall(name)});
    if (!answers) co_return answers.error();
    co_return takeAlias(answers->front());
  }
  Task<Status> claimAlias(BucketName name, OwnerId owner) override {
    return repeatable<void>([=](Transaction& t) { return postgres::claimAlias(t, name, owner); });
  }
  Task<Status> dropAlias(BucketName name, OwnerId owner) override {
    return single("drop a bucket alias", dropAliasCall(name, owner));
  }

  Task<Result<Master>> registerMaster(Master master) override {
    return repeatable<Master>([=](Transaction& t) { return postgres::registerMaster(t, master); });
  }
  Task<Status> confirm() override { return single("make sure of what it shows", confirmCall()); }
  std::string losesHow() const override {
    std::lock_guard lock(mutex_);
    return losesHow_;
  }
  Task<Status> heartbeat(MasterId master, Epoch epoch) override {
    // The settings may change while the server runs, such as when its standby is dropped.
    if (auto settings = co_await calls_.soon("read its settings", {durabilityCall()})) settled(settings->front());
    co_return co_await beat(master, epoch);
  }
  Task<Status> beat(MasterId master, Epoch epoch) {
    return repeatable<void>([=](Transaction& t) { return postgres::heartbeat(t, master, epoch); });
  }
  Task<Result<std::vector<Master>>> masters() override {
    auto answers = co_await calls_.once("read masters", {mastersCall({})});
    if (!answers) co_return answers.error();
    co_return takeMasters(answers->front());
  }
  Task<Result<std::vector<ReceiptKey>>> receiptKeys() override {
    auto answers = co_await calls_.once(
        "read receipt keys", {call("SELECT master, public_key FROM master_receipt_keys ORDER BY master, first_seen")});
    if (!answers) co_return answers.error();
    std::vector<ReceiptKey> keys;
    const Rows& rows = answers->front();
    for (int i = 0; i < rows.size(); ++i) keys.push_back({MasterId(rows.text(i, 0)), rows.blob(i, 1)});
    co_return keys;
  }
  Task<Result<Epoch>> fence(MasterId master) override {
    return repeatable<Epoch>([=](Transaction& t) { return postgres::fence(t, master); });
  }
  Task<Status> unfence(MasterId master) override {
    return repeatable<void>([=](Transaction& t) { return postgres::unfence(t, master); });
  }
  Task<Result<WriterLease>> takeWriterLease(MasterId master, std::uint32_t milliseconds) override {
    return repeatable<WriterLease>([=](Transaction& t) { return takeLease(t, master, milliseconds); });
  }
  Task<Result<WriterLease>> writerLease() override {
    auto answers = co_await calls_.once("read the writer lease", {leaseCall()});
    if (!answers) co_return answers.error();
    co_return takeLeaseRow(answers->front());
  }
  Task<Status> releaseWriterLease(MasterId master, std::uint64_t term) override {
    return single("release the writer lease",
                  call("UPDATE writer_lease SET expires_at = '-infinity' WHERE holder = $1::text AND term = $2::bigint",
                       master.get(), term));
  }
  Task<Result<bool>> requireCas() override {
    auto answers = co_await calls_.once("read the fleet's row", {call("SELECT require_cas FROM fleet WHERE one = 1")});
    if (!answers) co_return answers.error();
    co_return answers->front().flag(0, 0);
  }
  Task<Status> setRequireCas(bool required) override {
    return repeatable<void>([=](Transaction& t) { return postgres::setRequireCas(t, required); });
  }
  Task<Result<std::string>> fleetId() override {
    auto answers = co_await calls_.once("read the fleet's id", {call("SELECT id FROM fleet WHERE one = 1")});
    if (!answers) co_return answers.error();
    co_return answers->front().text(0, 0);
  }

  Task<Status> recordRace(Race race) override {
    return repeatable<void>([=](Transaction& t) { return postgres::recordRace(t, race); });
  }
  Task<Result<std::vector<Race>>> races(std::optional<BucketId> bucket, std::size_t limit) override {
    auto answers = co_await calls_.once("read races", {racesCall(bucket, limit)});
    if (!answers) co_return answers.error();
    co_return takeRaces(answers->front());
  }
  Task<Status> addEvent(std::string kind, std::string json) override {
    return single("add an event",
                  call("SELECT cairn_add_event($1::text, clock_timestamp(), ($2::text)::json)", kind, json));
  }
  Task<Result<std::vector<Event>>> events(std::uint64_t after, std::size_t limit) override {
    return calls_.here<Result<std::vector<Event>>>([=, this] { return events_.read(after, limit); });
  }
  Task<std::uint64_t> heard(std::uint64_t before, std::chrono::milliseconds within) override {
    return calls_.here<std::uint64_t>([=, this] { return listening_.heard(before, within); });
  }
  Task<Result<std::uint64_t>> lastEvent() override {
    return calls_.here<Result<std::uint64_t>>([this] { return events_.last(); });
  }

 private:
  SessionOptions flipOptions(const std::vector<Keywords>& hosts, const PostgresOptions& o) {
    // Nested loops lock the rows of several flips in the order in which they are given.
    SessionOptions out = sessionOptions(hosts, o, true,
                                        {{"plan_cache_mode", "force_generic_plan"},
                                         {"cairn.flips", "on"},
                                         {"enable_hashjoin", "off"},
                                         {"enable_mergejoin", "off"}});
    out.settled = [this](const Rows& rows) { settled(rows); };
    return out;
  }
  /// Answers soon, or its server is no primary any more: then flips there would wait for ever.
  SessionOptions pointOptions(const std::vector<Keywords>& hosts, const PostgresOptions& o) {
    SessionOptions out = sessionOptions(hosts, o, false,
                                        {{"plan_cache_mode", "force_generic_plan"},
                                         {"enable_hashjoin", "off"},
                                         {"enable_mergejoin", "off"},
                                         {"enable_seqscan", "off"}});
    out.answerWithin = o.statementTimeout * 2 / 3;
    if (hosts.size() > 1) out.silent = [this] { leave(); };
    return out;
  }
  void leave() {
    log::warning("registry", "the database answers nothing, or its standby confirms nothing; trying its other hosts");
    for (Pool* pool : {&flipPool_, &pointPool_, &workPool_, &newsPool_, &turnsPool_}) pool->leave("no answer in time");
    listening_.leave("no answer in time");
  }
  void settled(const Rows& settings) {
    std::string how = postgres::losesHow(settings);
    std::lock_guard lock(mutex_);
    if (how == losesHow_) return;
    losesHow_ = std::move(how);
    if (losesHow_.empty())
      log::info("registry", "the database keeps what was acknowledged, also when it fails over");
    else
      log::warning("registry", "the database may lose acknowledged writes", {{"how", losesHow_}});
  }

  /// What does no harm when it is made twice: a lost answer is a reason to ask again.
  template <class T>
  Task<Result<T>> repeatable(Body<T> body) {
    Result<T> result = co_await calls_.change<T>(std::move(body));
    if (!result && result.error().code == Errc::unknown_outcome)
      co_return fail(Errc::unavailable, result.error().message);
    co_return result;
  }
  Task<Status> single(std::string doing, Call one) {
    auto answers = co_await calls_.once(std::move(doing), {std::move(one)});
    if (!answers) co_return answers.error();
    co_return Status();
  }

  net::io_context io_{1};
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
  mutable std::mutex mutex_;
  std::string losesHow_;  // guarded by mutex_
  Pool flipPool_, pointPool_, workPool_, newsPool_, turnsPool_;
  Listening listening_;
  PointReader reader_;
  Events events_;
  Flips flips_;
  Calls calls_;
  PostgresIdentity identity_;
  PostgresPins pins_;
  std::thread thread_;  // last: starts when all else stands
};

}  // namespace
}  // namespace postgres

Result<std::unique_ptr<Registry>> openPostgres(PostgresOptions options) {
  auto hosts = postgres::parseConninfo(options.url);
  if (!hosts) return hosts.error();
  auto found = postgres::inspect(*hosts, options.patience);
  if (!found) return found.error();
  return std::make_unique<postgres::Engine>(*hosts, options, std::move(found->losesHow));
}

}  // namespace cairn::registry
