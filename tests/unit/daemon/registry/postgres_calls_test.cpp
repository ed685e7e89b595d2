// Who waits for whom among a registry's calls.
#include "daemon/registry/postgres/calls.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "daemon/registry/identity.h"
#include "daemon/registry/postgres/conninfo.h"
#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {
namespace {

namespace pg = cairn::registry::postgres;

/// Calls with their pools and their thread.
struct OwnCalls {
  explicit OwnCalls(const std::string& url)
      : pool(io, {*pg::parseConninfo(url), {}, std::chrono::seconds(60), {}}, 1, std::chrono::seconds(60)),
        calls(io, pool, pool, pool),
        thread([this] { io.run(); }) {}
  ~OwnCalls() {
    net::post(io, [this] {
      pool.stop();
      work.reset();
    });
    thread.join();
  }
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{io.get_executor()};
  pg::Pool pool;
  pg::Calls calls;
  std::thread thread;
};

Task<Result<int>> changeThenThrow(pg::Transaction& t) {
  auto done = co_await t.run("change", "UPDATE fleet SET require_cas = true");
  if (!done) co_return done.error();
  throw std::runtime_error("no such luck");
}

Task<Result<int>> look(pg::Transaction& t) {
  auto rows = co_await t.run("look", "SELECT require_cas FROM fleet");
  if (!rows) co_return rows.error();
  co_return rows->flag(0, 0) ? 1 : 0;
}

TEST(PostgresCalls, AnExceptionUndoesTheChangeAndReachesItsCaller) {
  PostgresEngine engine;
  OwnCalls own(engine.url());
  auto thrown = run(own.calls.change<int>(changeThenThrow));
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().code, Errc::internal);
  EXPECT_NE(thrown.error().message.find("no such luck"), std::string::npos);
  auto after = run(own.calls.change<int>(look));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(*after, 0) << "the one session is there again, and the change is not";
}

TEST(PostgresCalls, AnExceptionOnTheRegistrysThreadReachesItsCaller) {
  PostgresEngine engine;
  OwnCalls own(engine.url());
  auto body = [&]() -> Task<int> {
    co_await net::post(own.io, net::use_awaitable);
    throw std::runtime_error("no such luck");
  };
  auto asked = [&]() -> Task<std::string> {
    try {
      co_await own.calls.here<int>(body);
    } catch (const std::runtime_error& e) {
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_EQ(run(asked()), "no such luck");
}

TEST(PostgresCalls, ATurnThatALongFlipHoldsKeepsNobodyWaiting) {
  constexpr int kTurns = 20;
  PostgresEngine engine;
  auto registry = engine.open();
  const BucketId b = bucketNamed("b");
  ASSERT_TRUE(run(registry->takeTurn(b, MasterId("m1"), 600000)));
  // As a flip that waits for its standby holds it.
  Session flip(engine.url());
  ASSERT_EQ(flip.exec("BEGIN; UPDATE turns SET until = until").error, "");
  std::vector<std::string> ended;
  auto turn = [&]() -> Task<bool> {
    auto whose = co_await registry->takeTurn(b, MasterId("m2"), 600000);
    ended.push_back(whose ? whose->get() : whose.error().message);
    co_return true;
  };
  auto news = [&]() -> Task<bool> {
    auto changes = co_await registry->identity().changesSince(0, {});
    ended.push_back(changes ? "news" : changes.error().message);
    co_return true;
  };
  std::vector<Task<bool>> asked;
  for (int i = 0; i < kTurns; ++i) asked.push_back(turn());
  asked.push_back(news());
  run(all(std::move(asked)));
  const auto heard = std::ranges::find(ended, "news");
  ASSERT_NE(heard, ended.end());
  EXPECT_LT(heard - ended.begin(), kTurns) << "what others changed is heard of while turns wait";
  ended.erase(heard);
  for (const std::string& one : ended) EXPECT_NE(one.find("lock timeout"), std::string::npos) << one;
  flip.exec("ROLLBACK");
  EXPECT_EQ(*run(registry->takeTurn(b, MasterId("m2"), 600000)), MasterId("m1"));
}

}  // namespace
}  // namespace cairn::registry::testing
