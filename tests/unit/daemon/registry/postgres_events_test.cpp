// Events of flips, which are made from history rows afterwards.
#include <thread>

#include "daemon/registry/news.h"
#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {
namespace {

std::string upsert(const std::string& bucket) {
  return "INSERT INTO bucket_roots AS r VALUES ('owner', '" + bucket + "', '" + rootNamed(bucket).str() +
         "', 1, now()) ON CONFLICT (owner_id, bucket) DO UPDATE SET version = r.version + 1";
}

/// Buckets and versions of the events after `after`, in their order.
std::string told(Registry& registry, std::uint64_t& after) {
  auto events = run(registry.events(after, 100));
  EXPECT_TRUE(events) << (events ? "" : events.error().message);
  std::string all;
  for (const Event& e : *events) {
    EXPECT_EQ(e.sequence, after + 1) << "no gap";
    after = e.sequence;
    for (const char* field : {"\"bucket\" : \"", "\"version\" : "})
      all += e.json.substr(e.json.find(field) + std::string_view(field).size(), 1);
    all += " ";
  }
  return all;
}

TEST(PostgresEvents, AFlipThatBeganEarlyAndCommittedLateIsNeitherPassedOverNorWaitedFor) {
  PostgresEngine engine;
  auto first = engine.open(), second = engine.open();
  std::uint64_t atFirst = 0, atSecond = 0;
  Session early(engine.url());
  ASSERT_EQ(early.exec("BEGIN; " + upsert("b")).error, "");
  ASSERT_FALSE(engine.plainSql(upsert("c")));
  EXPECT_EQ(told(*first, atFirst), "c1 ");
  ASSERT_FALSE(engine.plainSql(upsert("c")));
  ASSERT_EQ(early.exec("COMMIT").error, "");
  ASSERT_FALSE(engine.plainSql(upsert("b")));
  EXPECT_EQ(told(*second, atSecond), "c1 c2 b1 b2 ");
  EXPECT_EQ(told(*first, atFirst), "c2 b1 b2 ");
  EXPECT_EQ(told(*first, atFirst), "");
  EXPECT_EQ(run(second->lastEvent()).value(), 4U);
}

TEST(PostgresEvents, ListenersAreToldSoonAfterAFlip) {
  PostgresEngine engine;
  auto registry = engine.open();
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  FlipRequest flip;
  flip.epoch = run(registry->registerMaster(m))->epoch;
  flip.master = m.id;
  flip.bucket = bucketNamed("b");
  flip.nextRoot = rootNamed("one");
  Session listener(engine.url());
  ASSERT_EQ(listener.exec("LISTEN cairn_events").error, "");
  ASSERT_EQ(run(registry->flip(flip)).status, FlipStatus::won);
  std::string newest;
  while ((newest = listener.notification()).empty()) std::this_thread::yield();
  EXPECT_EQ(newest, std::to_string(*run(registry->lastEvent())));
}

/// The backend of the session that listens, once there is one other than `not`.
std::string listenerOf(Session& admin, const std::string& other = "") {
  for (;;) {
    auto rows = admin.exec("SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN cairn_events' AND state = 'idle'");
    EXPECT_EQ(rows.error, "");
    if (!rows.values.empty() && rows.at(0, 0) != other) return rows.at(0, 0);
    std::this_thread::yield();
  }
}

/// What was heard last, when nothing more comes for a second.
std::uint64_t quiet(News& news, std::uint64_t heard) {
  for (std::uint64_t more; (more = run(news.heard(heard, std::chrono::seconds(1)))) != heard; heard = more) continue;
  return heard;
}

TEST(PostgresEvents, WordComesOfEveryEventAlsoAfterTheConnectionWasLost) {
  constexpr std::chrono::minutes kLong(2);
  PostgresEngine engine;
  auto here = engine.open(), there = engine.open();
  Session admin(engine.url());
  News* news = newsOf(*here);
  ASSERT_NE(news, nullptr);
  std::uint64_t heard = run(news->heard(0, kLong));
  const std::string first = listenerOf(admin);
  heard = quiet(*news, heard);
  ASSERT_TRUE(run(there->addEvent("fleet", "{}")));
  EXPECT_NE(run(news->heard(heard, kLong)), heard);

  heard = quiet(*news, heard);
  ASSERT_EQ(admin.exec("SELECT pg_terminate_backend(" + first + ")").error, "");
  EXPECT_NE(run(news->heard(heard, kLong)), heard) << "what nobody told must be read";
  listenerOf(admin, first);
  heard = quiet(*news, heard);
  ASSERT_FALSE(engine.plainSql(upsert("b")));
  EXPECT_EQ(run(there->lastEvent()).value(), 2U);  // which makes the flip's event
  EXPECT_NE(run(news->heard(heard, kLong)), heard);
}

}  // namespace
}  // namespace cairn::registry::testing
