#include "daemon/registry/sqlite/migrate.h"

#include <thread>

#include "daemon/registry/json_array.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

using sqlite::Connection;

std::unique_ptr<Connection> connect(const ScratchFile& file) {
  return *Connection::open({file.path().string(), {}, true, std::chrono::seconds(10)});
}

std::string one(Connection& c, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(c.handle(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return "refused";
  std::string text;
  if (sqlite3_step(statement) == SQLITE_ROW) text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return text;
}

/// A file as the program that knew only the first migration made and filled it.
void makeFirst(const ScratchFile& file) {
  auto c = connect(file);
  ASSERT_TRUE(c->exec(sqlite::migrations()[0].up));
  ASSERT_EQ(*sqlite::schemaVersion(*c), 1);
  ASSERT_TRUE(c->exec("INSERT INTO bucket_roots (owner_id, bucket, root_cid, version) VALUES ('o', 'b', 'r', 1)"));
}

constexpr const char* kSchema =
    "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name)";

TEST(SqliteMigrations, AFileOfTheFirstVersionGoesUpAndBackWithAllItHolds) {
  ScratchFile file;
  makeFirst(file);
  auto c = connect(file);
  const std::string first = one(*c, kSchema), fleet = one(*c, "SELECT id FROM fleet");
  ASSERT_TRUE(sqlite::migrate(*c));
  EXPECT_EQ(*sqlite::schemaVersion(*c), sqlite::migrations().back().number);
  EXPECT_EQ(one(*c, "SELECT revision FROM identity_revision"), "0");
  const std::string all = one(*c, kSchema);
  ASSERT_TRUE(c->exec("INSERT INTO audit VALUES (1, 1, '', '', '', x'', '', '', '', zeroblob(32), zeroblob(32))"));
  ASSERT_TRUE(sqlite::rollBack(*c, 1));
  EXPECT_EQ(*sqlite::schemaVersion(*c), 1);
  EXPECT_EQ(one(*c, kSchema), first);
  EXPECT_EQ(one(*c, "SELECT id FROM fleet"), fleet);
  EXPECT_EQ(one(*c, "SELECT count(*) FROM bucket_root_history"), "1");
  ASSERT_TRUE(sqlite::migrate(*c));
  EXPECT_EQ(one(*c, kSchema), all);
}

TEST(SqliteMigrations, OfSeveralThatMigrateAtOnceOneDoesIt) {
  ScratchFile file;
  makeFirst(file);
  std::vector<std::thread> threads;
  std::vector<Status> migrated(4);
  for (Status& result : migrated) threads.emplace_back([&] { result = sqlite::migrate(*connect(file)); });
  for (auto& thread : threads) thread.join();
  for (const Status& result : migrated) EXPECT_TRUE(result) << (result ? "" : result.error().message);
  auto c = connect(file);
  EXPECT_EQ(*sqlite::schemaVersion(*c), sqlite::migrations().back().number);
  EXPECT_EQ(one(*c, "SELECT count(*) FROM identity_revision"), "1");
}

TEST(SqliteMigrations, AProgramOfTheFirstVersionGoesOnBesideTheSecond) {
  ScratchFile file;
  makeFirst(file);
  auto older = connect(file);
  ASSERT_TRUE(openSqlite({file.path(), {}, std::chrono::seconds(10)}));
  EXPECT_TRUE(older->exec("UPDATE bucket_roots SET version = 2, root_cid = 's'"));
  EXPECT_EQ(one(*older, "SELECT count(*) FROM bucket_root_history"), "2");
}

TEST(SqliteMigrations, GoUpDownAndUpAgainAndKeepRootPointers) {
  ScratchFile file;
  auto c = connect(file);
  EXPECT_EQ(*sqlite::schemaVersion(*c), 0);
  ASSERT_TRUE(sqlite::migrate(*c));
  EXPECT_EQ(*sqlite::schemaVersion(*c), sqlite::migrations().back().number);
  ASSERT_TRUE(c->exec("INSERT INTO bucket_roots (owner_id, bucket, root_cid, version) VALUES ('o', 'b', 'r', 1)"));
  ASSERT_TRUE(sqlite::rollBack(*c));
  EXPECT_EQ(*sqlite::schemaVersion(*c), 0);
  {
    sqlite::Query left(*c, "SELECT group_concat(name) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'");
    ASSERT_EQ(left.step(), SQLITE_ROW);
    EXPECT_EQ(left.text(0), "bucket_roots");
  }
  ASSERT_TRUE(sqlite::migrate(*c));
  sqlite::Query kept(*c, "SELECT count(*) FROM bucket_roots");
  ASSERT_EQ(kept.step(), SQLITE_ROW);
  EXPECT_EQ(kept.integer(0), 1);
}

TEST(SqliteMigrations, AreNumberedWithoutGaps) {
  int expected = 0;
  for (const auto& m : sqlite::migrations()) EXPECT_EQ(m.number, ++expected);
}

TEST(SqliteRows, JsonArraysRoundTripAndRefuseJunk) {
  std::vector<std::string> items = {"", "plain", "quote\" back\\ slash/", std::string("\n\t\x01", 3), "\xc3\xbc"};
  EXPECT_EQ(parseJsonArray(jsonArray(items)), items);
  EXPECT_EQ(jsonArray(std::vector<std::string>{}), "[]");
  for (const char* junk : {"", "[", "{}", "[1]", "[\"a]", "[\"\\u12\"]", "[\"\\x\"]", "[\"\\u1234\"]"})
    EXPECT_TRUE(parseJsonArray(junk).empty()) << junk;
}

}  // namespace
}  // namespace cairn::registry::testing
