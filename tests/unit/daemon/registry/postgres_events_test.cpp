// Events of flips, which are made from history rows afterwards.
#include <thread>

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
  Session listener(engine.url());
  ASSERT_EQ(listener.exec("LISTEN cairn_events").error, "");
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  FlipRequest flip;
  flip.epoch = run(registry->registerMaster(m))->epoch;
  flip.master = m.id;
  flip.bucket = bucketNamed("b");
  flip.nextRoot = rootNamed("one");
  ASSERT_EQ(run(registry->flip(flip)).status, FlipStatus::won);
  std::string newest;
  while ((newest = listener.notification()).empty()) std::this_thread::yield();
  EXPECT_EQ(newest, std::to_string(*run(registry->lastEvent())));
}

}  // namespace
}  // namespace cairn::registry::testing
