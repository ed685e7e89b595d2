// The schema on PostgreSQL: up, down, at once, beside another gateway's rows.
#include <thread>

#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {
namespace {

constexpr const char* kTables =
    "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables WHERE table_schema ="
    " 'public'";

TEST(PostgresMigrations, GoUpDownAndUpAgainAndKeepRootPointers) {
  const std::string url = server().database();
  auto up = migratePostgres(url);
  ASSERT_TRUE(up) << up.error().message;
  EXPECT_EQ(up->from, 0);
  EXPECT_GE(up->to, 3);
  Session session(url);
  const std::string all = session.exec(kTables).at(0, 0);
  session.exec("INSERT INTO bucket_roots VALUES ('o', 'b', 'r', 1)");
  ASSERT_EQ(migratePostgres(url, 1)->to, 1);
  EXPECT_EQ(session.exec("SELECT schema_version FROM fleet").at(0, 0), "1");
  ASSERT_TRUE(migratePostgres(url, 0));
  EXPECT_EQ(session.exec(kTables).at(0, 0), "bucket_roots");
  ASSERT_TRUE(migratePostgres(url));
  EXPECT_EQ(session.exec(kTables).at(0, 0), all);
  EXPECT_EQ(session.exec("SELECT count(*) FROM bucket_roots").at(0, 0), "1");
  EXPECT_EQ(migratePostgres(url, 99).error().code, Errc::invalid);
}

TEST(PostgresMigrations, OfSeveralAtOnceOneMigrates) {
  const std::string url = server().database();
  std::vector<std::thread> threads;
  std::vector<std::optional<Result<Migrated>>> results(4);
  for (auto& result : results) threads.emplace_back([&] { result.emplace(migratePostgres(url)); });
  for (auto& thread : threads) thread.join();
  int did = 0;
  for (auto& result : results) {
    ASSERT_TRUE(*result) << result->error().message;
    did += (*result)->from == 0 ? 1 : 0;
  }
  EXPECT_EQ(did, 1);
  EXPECT_EQ(Session(url).exec("SELECT count(*) FROM fleet").at(0, 0), "1");
}

TEST(PostgresMigrations, AnotherGatewaysRowsStayAndAreServed) {
  const std::string url = server().database();
  Session session(url);
  ASSERT_EQ(session
                .exec("CREATE TABLE bucket_roots (owner_id TEXT, bucket TEXT, root_cid TEXT, version BIGINT,"
                      " updated_at TIMESTAMPTZ, PRIMARY KEY (owner_id, bucket))")
                .error,
            "");
  const std::string root = rootNamed("foreign").str();
  session.exec("INSERT INTO bucket_roots VALUES ('owner', 'fine', '" + root +
               "', 7, now()), ('owner', 'odd',"
               " 'QmUnreadable', 3, now()), ('owner', 'gone', NULL, 2, NULL)");
  auto migrated = migratePostgres(url);
  ASSERT_TRUE(migrated) << migrated.error().message;
  EXPECT_EQ(migrated->foreignRoots, 2U);
  EXPECT_EQ(migrated->unreadable, 1U);
  auto registry = openAt(url);
  auto list = run(registry->list(OwnerId()));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[0].row.root, rootNamed("foreign"));
  EXPECT_EQ((*list)[1].row.unreadableRoot, "QmUnreadable");
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  FlipRequest flip;
  flip.epoch = run(registry->registerMaster(m))->epoch;
  flip.master = m.id;
  flip.bucket = bucketNamed("fine");
  flip.expectedRoot = rootNamed("foreign");
  flip.expectedVersion = Version(7);
  flip.nextRoot = rootNamed("ours");
  EXPECT_EQ(run(registry->flip(flip)).current.version, Version(8));
  flip.bucket = bucketNamed("odd");
  flip.expectedVersion = Version(3);
  const FlipResult refused = run(registry->flip(flip));
  EXPECT_EQ(refused.status, FlipStatus::unavailable);
  EXPECT_NE(refused.reason.find("will not overwrite"), std::string::npos) << refused.reason;
  EXPECT_EQ(session.exec("SELECT root_cid, version FROM bucket_roots WHERE bucket = 'odd'").at(0, 0), "QmUnreadable");
}

TEST(PostgresMigrations, AnotherGatewaysUpsertIsRefusedOnceCasIsRequired) {
  PostgresEngine engine;
  auto registry = engine.open();
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  FlipRequest flip;
  flip.epoch = run(registry->registerMaster(m))->epoch;
  flip.master = m.id;
  flip.bucket = bucketNamed("b");
  flip.nextRoot = rootNamed("ours");
  ASSERT_EQ(run(registry->flip(flip)).status, FlipStatus::won);
  const std::string upsert = "INSERT INTO bucket_roots VALUES ('owner', 'b', '" + rootNamed("theirs").str() +
                             "', 1, now()) ON CONFLICT (owner_id, bucket) DO UPDATE SET root_cid = excluded.root_cid,"
                             " version = bucket_roots.version + 1";
  ASSERT_TRUE(run(registry->setRequireCas(true)));
  const auto refused = engine.plainSql(upsert);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->find("cairn:requires_cas"), std::string::npos) << *refused;
  EXPECT_EQ(run(registry->read(flip.bucket))->root, rootNamed("ours"));
  flip.expectedRoot = rootNamed("ours");
  flip.expectedVersion = Version(1);
  flip.nextRoot = rootNamed("more");
  EXPECT_EQ(run(registry->flip(flip)).status, FlipStatus::won) << "its own sessions go on, spared the check";
  ASSERT_TRUE(run(registry->setRequireCas(false)));
  EXPECT_FALSE(engine.plainSql(upsert)) << "without the requirement the same statement is taken";
}

TEST(PostgresMigrations, AMasterRefusesASchemaThatIsNotItsOwn) {
  const std::string url = server().database();
  PostgresOptions options;
  options.url = url;
  auto opened = openPostgres(options);
  EXPECT_EQ(opened.error().code, Errc::precondition);
  EXPECT_NE(opened.error().message.find("cairnd migrate"), std::string::npos) << opened.error().message;
  ASSERT_TRUE(migratePostgres(url));
  Session(url).exec("UPDATE fleet SET schema_version = 999");
  EXPECT_EQ(openPostgres(options).error().code, Errc::newer_version);
  EXPECT_EQ(migratePostgres(url).error().code, Errc::newer_version);
}

}  // namespace
}  // namespace cairn::registry::testing
