// Flips that queued while every flip session was busy go as one statement: each still wins or loses by itself.
#include <deque>
#include <thread>

#include "daemon/registry/postgres/flip_calls.h"
#include "tests/unit/daemon/registry/cutting_proxy.h"
#include "tests/unit/daemon/registry/postgres_enrolled.h"

namespace cairn::registry::testing {
namespace {

constexpr const char* kWaitForRow =
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
    " current_database()";

/// One flip session, which a flip of bucket "held" keeps busy from hold() to release(); what is asked meanwhile queues.
class Queued {
 public:
  Queued(const std::string& url, const std::string& through)
      : m(through, std::chrono::seconds(60), 1), holder_(url), control_(url) {}

  void makeBuckets(int many) {
    for (int i = 0; i < many; ++i) EXPECT_EQ(m.flip(m.next(nth(i), "one")).status, FlipStatus::won);
  }
  void hold() {
    EXPECT_EQ(m.flip(m.next("held", "one")).status, FlipStatus::won);
    holder_.exec("BEGIN");
    holder_.exec("SELECT 1 FROM bucket_roots WHERE bucket = 'held' FOR UPDATE");
    ask(m.next("held", "two"));
    while (one(kWaitForRow) != "1") std::this_thread::yield();
  }
  void ask(const FlipRequest& request) {
    requests.push_back(request);
    auto flip = [](Registry& registry, FlipRequest r, OneShot<FlipResult> out) -> Task<void> {
      out.set(co_await registry.flip(std::move(r)));
    };
    spawn(io_.get_executor(), flip(*m.registry, request, results_.emplace_back()));
    io_.restart();
    io_.poll();
    EXPECT_TRUE(run(m.registry->read(request.bucket))) << "stands on the registry's thread behind the flip";
  }
  void askAll(int many) {
    for (int i = 0; i < many; ++i) ask(m.next(nth(i), "two"));
  }
  void release() { holder_.exec("ROLLBACK"); }
  /// Of all that were asked; the held one first.
  std::vector<FlipResult> results() {
    auto work = net::make_work_guard(io_);
    io_.restart();
    std::thread thread([this] { io_.run(); });
    std::vector<FlipResult> out;
    for (auto& result : results_) out.push_back(run(result.wait()));
    work.reset();
    thread.join();
    return out;
  }
  std::string one(const std::string& sql) {
    Rows rows = control_.exec(sql);
    return rows.error.empty() ? rows.at(0, 0) : rows.error;
  }
  static std::string nth(int i) { return "bucket-" + std::to_string(i); }

  Enrolled m;
  std::vector<FlipRequest> requests;

 private:
  Session holder_, control_;
  net::io_context io_{1};
  std::deque<OneShot<FlipResult>> results_;
};

constexpr const char* kTransactions =
    "SELECT count(DISTINCT transaction) FROM bucket_root_history WHERE version = 2 AND"
    " bucket LIKE 'bucket-%'";

TEST(PostgresFlips, WhatQueuedGoesTogetherAndEachWinsOrLosesByItself) {
  PostgresEngine engine;
  Queued q(engine.url(), engine.url());
  q.makeBuckets(8);
  ASSERT_TRUE(run(q.m.registry->takeTurn(bucketNamed("bucket-1"), MasterId("m1"), 60'000)));
  ASSERT_TRUE(run(q.m.registry->takeTurn(bucketNamed("bucket-1"), MasterId("m2"), 60'000)));
  ASSERT_TRUE(run(q.m.registry->takeTurn(bucketNamed("bucket-2"), MasterId("m3"), 60'000)));
  q.hold();
  for (int i = 0; i < 8; ++i) {
    FlipRequest r = q.m.next(Queued::nth(i), "two");
    if (i == 3) r.expectedVersion = Version(7);
    if (i == 4) r.nextRoot = std::nullopt;
    if (i == 5) r.receipt.clear();
    r.operations = {static_cast<std::uint64_t>(i), 2, 1};
    q.ask(r);
  }
  FlipRequest onTop = q.m.next("bucket-0", "three");
  onTop.expectedRoot = rootNamed("two");
  onTop.expectedVersion = Version(2);
  q.ask(onTop);
  q.release();
  auto results = q.results();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const bool loses = i == 4;
    EXPECT_EQ(results[i].status, loses ? FlipStatus::lost : FlipStatus::won) << i << ": " << results[i].reason;
    const Version now(loses ? 1 : i == 9 ? 3 : 2);
    EXPECT_EQ(results[i].current.version, now) << i;
    if (!loses) EXPECT_EQ(results[i].current.root, q.requests[i].nextRoot) << i;
    if (!loses) EXPECT_EQ(q.m.decided(q.requests[i]), q.requests[i].commit) << i;
  }
  EXPECT_EQ(results[2].current.turn, MasterId("m2")) << "winning hands it over";
  EXPECT_EQ(results[3].current.turn, MasterId("m3"));
  EXPECT_EQ(results[1].current.turn, MasterId());
  EXPECT_EQ(q.one(kTransactions), "1") << "one commit for all that queued";
  EXPECT_EQ(q.one("SELECT string_agg(puts::text, ',' ORDER BY bucket) FROM bucket_root_history WHERE version = 2 AND"
                  " bucket LIKE 'bucket-%'"),
            "0,1,2,4,5,6,7");
  EXPECT_EQ(q.one("SELECT count(*) FROM bucket_root_history WHERE version = 2 AND receipt_hash <>"
                  " CASE receipt WHEN '' THEN '' ELSE sha256(receipt) END"),
            "0");
}

TEST(PostgresFlips, RowsAreLockedInTheOrderOfTheirBuckets) {
  PostgresEngine engine;
  Queued q(engine.url(), engine.url());
  q.makeBuckets(4);
  q.hold();
  Session other(engine.url());
  other.exec("BEGIN");
  ASSERT_EQ(other.exec("SELECT 1 FROM bucket_roots WHERE bucket = 'bucket-0' FOR UPDATE").error, "");
  for (int i : {3, 2, 1, 0}) q.ask(q.m.next(Queued::nth(i), "two"));
  q.release();
  while (q.one("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND transactionid IN"
               " (SELECT backend_xid FROM pg_stat_activity WHERE pid = " +
               std::to_string(other.pid()) + ")") != "1")
    std::this_thread::yield();
  EXPECT_EQ(q.one("SELECT bucket FROM bucket_roots WHERE bucket = 'bucket-3' FOR UPDATE NOWAIT"), "bucket-3");
  other.exec("ROLLBACK");
  for (const FlipResult& r : q.results()) EXPECT_EQ(r.status, FlipStatus::won) << r.reason;
}

TEST(PostgresFlips, WhatRefusesOneRefusesNobodyElse) {
  PostgresEngine engine;
  Queued q(engine.url(), engine.url());
  q.makeBuckets(6);
  ASSERT_FALSE(
      engine.plainSql("CREATE FUNCTION no_() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
                      " 'not this one'; END $$; CREATE TRIGGER no_ BEFORE INSERT ON bucket_root_history FOR"
                      " EACH ROW WHEN (NEW.bucket = 'bucket-3') EXECUTE FUNCTION no_()"));
  q.hold();
  q.askAll(6);
  q.release();
  auto results = q.results();
  for (std::size_t i = 0; i < results.size(); ++i)
    EXPECT_EQ(results[i].status, i == 4 ? FlipStatus::unavailable : FlipStatus::won) << i << ": " << results[i].reason;
  EXPECT_NE(results[4].reason.find("not this one"), std::string::npos) << results[4].reason;
  EXPECT_EQ(q.one("SELECT version FROM bucket_roots WHERE bucket = 'bucket-3'"), "1");
  EXPECT_EQ(q.one(kTransactions), "5") << "each went alone in the end";
}

TEST(PostgresFlips, TheLostAnswerOfAStatementMakesEachOfItsFlipsUnknown) {
  PostgresEngine engine;
  for (Cut where : {Cut::before_request, Cut::before_answer}) {
    CuttingProxy proxy(server().directory());
    Queued q(engine.url(), replaced(engine.url(), server().directory().string(), proxy.directory().string()));
    for (int i = 0; i < 5; ++i) q.m.flip(q.m.next(Queued::nth(i), "one"));
    q.hold();
    q.askAll(5);
    proxy.cut(where, "bucket-3");
    q.release();
    auto results = q.results();
    for (std::size_t i = 1; i < results.size(); ++i) {
      EXPECT_EQ(results[i].status, FlipStatus::unknown) << i << ": " << results[i].reason;
      auto commit = q.m.decided(q.requests[i]);
      while (where == Cut::before_answer && !commit) commit = q.m.decided(q.requests[i]);
      EXPECT_EQ(commit.has_value(), where == Cut::before_answer) << i;
      if (commit) EXPECT_EQ(*commit, q.requests[i].commit) << i;
    }
    EXPECT_EQ(q.m.flip(q.m.next("bucket-3", "after")).status, FlipStatus::won);
  }
}

/// Two flips in one statement, the second of which waits for its bucket's row while its master is fenced.
struct Overtaken {
  explicit Overtaken(const std::string& url) : m(url), control(url), holder(url), flipper(url), fencer(url) {
    flipper.exec("SET cairn.flips = on; SET enable_hashjoin = off; SET enable_mergejoin = off");
  }
  void hold() {
    for (const char* name : {"a", "b"})
      if (m.flip(m.next(name, "one")).status == FlipStatus::won) ++version;
    holder.exec("BEGIN");
    holder.exec("SELECT 1 FROM bucket_roots WHERE bucket = 'b' FOR UPDATE");
  }
  void flip(const std::string& sql) {
    const std::string root = m.next("a", "one").expectedRoot->str();
    flipper.send(sql, {"{owner,owner}", "{a,b}", "{" + root + "," + root + "}", "{1,1}", "{" + root + "," + root + "}",
                       "{00,00}", "m1", std::to_string(m.epoch.get()), "{[],[]}", "{1,1}", "{0,0}", "{0,0}", "{1,1}",
                       "{1,1}", "{00,00}", "{00,00}"});
  }
  void waitForLocks(const std::string& many) {
    while (control.exec(kWaitForRow).at(0, 0) != many) std::this_thread::yield();
  }
  Enrolled m;
  Session control, holder, flipper, fencer;
  int version = 0;
};

constexpr const char* kFence = "UPDATE master_epochs SET epoch = epoch + 1, fenced = true WHERE master = 'm1'";

TEST(PostgresFlips, AFenceWaitsForFlipsThatWaitForARow) {
  PostgresEngine engine;
  Overtaken o(engine.url());
  o.hold();
  o.flip(postgres::kFlipSeveral);
  o.waitForLocks("1");
  o.fencer.send(kFence);
  o.waitForLocks("2");
  EXPECT_TRUE(o.fencer.busy()) << "the fence has not committed, so the flips may still win";
  o.holder.exec("ROLLBACK");
  Rows outcome = o.flipper.receive();
  ASSERT_EQ(outcome.values.size(), 3U) << outcome.error;
  EXPECT_EQ(outcome.at(0, 0), "won");
  EXPECT_EQ(outcome.at(1, 0), "won");
  EXPECT_EQ(o.fencer.receive().error, "");
  o.flip(postgres::kFlipSeveral);
  outcome = o.flipper.receive();
  ASSERT_EQ(outcome.values.size(), 1U) << outcome.error;
  EXPECT_EQ(outcome.at(0, 0), "fenced");
}

TEST(PostgresFlips, WithoutTheShareLockFlipsThatWaitWouldSlipPastTheFence) {
  PostgresEngine engine;
  Overtaken o(engine.url());
  o.hold();
  o.flip(replaced(postgres::kFlipSeveral, "NOT fenced FOR SHARE", "NOT fenced"));
  o.waitForLocks("1");
  EXPECT_EQ(o.fencer.exec(kFence).error, "");
  o.holder.exec("ROLLBACK");
  Rows outcome = o.flipper.receive();
  ASSERT_EQ(outcome.values.size(), 3U) << outcome.error;
  EXPECT_EQ(outcome.at(1, 0), "won") << "the control: this is the hole that FOR SHARE closes";
}

/// Flips every bucket at once, in the order given, as often as asked.
void race(const std::string& url, const std::string& master, bool backwards) {
  Enrolled m(url, std::chrono::seconds(60), 1, master);
  for (int round = 0; round < 60; ++round) {
    std::vector<Task<FlipResult>> tasks;
    for (int i = 0; i < 16; ++i) {
      const std::string bucket = Queued::nth(backwards ? 15 - i : i);
      tasks.push_back(m.registry->flip(m.next(bucket, master + std::to_string(round))));
    }
    for (const FlipResult& r : run(all(std::move(tasks))))
      EXPECT_TRUE(r.status == FlipStatus::won || r.status == FlipStatus::lost) << r.reason;
  }
}

TEST(PostgresFlips, TwoMastersNeverWaitForEachOtherInACircle) {
  PostgresEngine engine;
  std::thread other([&] { race(engine.url(), "m2", true); });
  race(engine.url(), "m1", false);
  other.join();
  Session control(engine.url());
  EXPECT_EQ(control.exec("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").at(0, 0), "0");
  EXPECT_EQ(control
                .exec("SELECT count(*) FROM bucket_roots AS r WHERE version <> (SELECT count(*) FROM"
                      " bucket_root_history AS h WHERE h.bucket = r.bucket)")
                .at(0, 0),
            "0");
  EXPECT_GT(std::stoi(control.exec("SELECT count(*) - count(DISTINCT transaction) FROM bucket_root_history").at(0, 0)),
            0)
      << "none went together";
}

}  // namespace
}  // namespace cairn::registry::testing
