// Many reads of root pointers, one round trip, never older than the request.
#include <thread>

#include "daemon/registry/postgres/rows.h"
#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {
namespace {

TEST(PostgresReads, JoinARoundTripThatStartsAfterThem) {
  PostgresEngine engine;
  const std::string first = rootNamed("first").str(), second = rootNamed("second").str();
  ASSERT_FALSE(engine.plainSql("INSERT INTO bucket_roots VALUES ('owner', 'b', '" + first + "', 1, now())"));
  net::io_context io;
  postgres::SessionOptions options;
  options.hosts = *postgres::parseConninfo(engine.url());
  options.connectWithin = std::chrono::seconds(60);
  postgres::Pool pool(io, options, 1, std::chrono::seconds(60));
  postgres::PointReader reader(io, pool);

  Session other(engine.url()), watcher(engine.url());
  other.exec("BEGIN; LOCK TABLE bucket_roots IN ACCESS EXCLUSIVE MODE");
  std::vector<std::uint64_t> versions(101);
  std::size_t left = versions.size();
  auto readOne = [&](std::size_t i) -> Task<void> {
    auto pointer = co_await reader.read(bucketNamed("b"));
    EXPECT_FALSE(pointer.bad) << pointer.bad->message;
    versions[i] = pointer.row.version.get();
    if (--left == 0) pool.stop();
  };
  spawn(io.get_executor(), readOne(0));
  auto waits = [&] {
    return watcher
               .exec(
                   "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
                   " current_database()")
               .at(0, 0) == "1";
  };
  while (!waits()) io.poll();
  for (std::size_t i = 1; i < versions.size(); ++i) spawn(io.get_executor(), readOne(i));
  for (int i = 0; i < 10; ++i) io.poll();
  EXPECT_EQ(reader.roundTrips(), 1U) << "they wait for the next one";
  other.exec("UPDATE bucket_roots SET root_cid = '" + second + "', version = 2; COMMIT");
  io.run();
  EXPECT_EQ(reader.roundTrips(), 2U);
  for (std::size_t i = 1; i < versions.size(); ++i) EXPECT_EQ(versions[i], 2U) << i;
}

TEST(PostgresReads, ANameThatIsNoTextIsNobodyElsesTrouble) {
  PostgresEngine engine;
  auto registry = engine.open();
  ASSERT_FALSE(engine.plainSql("INSERT INTO bucket_roots VALUES ('owner', 'b', '" + rootNamed("r").str() + "', 1)"));
  std::vector<Task<Result<RootRow>>> tasks;
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(registry->read(bucketNamed("b")));
    tasks.push_back(registry->read(bucketNamed(i % 2 == 0 ? "\xff" : std::string("b\0c", 3))));
    tasks.push_back(registry->read(bucketNamed("quote\"back\\slash,{}")));
  }
  auto rows = run(all(std::move(tasks)));
  for (std::size_t i = 0; i < rows.size(); i += 3) {
    ASSERT_TRUE(rows[i]) << rows[i].error().message;
    EXPECT_EQ(rows[i]->version, Version(1));
    EXPECT_FALSE(rows[i + 1]);
    ASSERT_TRUE(rows[i + 2]) << rows[i + 2].error().message;
    EXPECT_EQ(rows[i + 2]->version, Version(0));
  }
}

}  // namespace
}  // namespace cairn::registry::testing
