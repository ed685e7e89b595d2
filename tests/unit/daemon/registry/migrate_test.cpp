#include "daemon/registry/sqlite/migrate.h"

#include "daemon/registry/sqlite/rows.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

using sqlite::Connection;

TEST(SqliteMigrations, GoUpDownAndUpAgainAndKeepRootPointers) {
  ScratchFile file;
  std::unique_ptr<Connection> c = *Connection::open({file.path().string(), {}, true, std::chrono::seconds(1)});
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
  EXPECT_EQ(sqlite::parseJsonArray(sqlite::jsonArray(items)), items);
  EXPECT_EQ(sqlite::jsonArray(std::vector<std::string>{}), "[]");
  for (const char* junk : {"", "[", "{}", "[1]", "[\"a]", "[\"\\u12\"]", "[\"\\x\"]", "[\"\\u1234\"]"})
    EXPECT_TRUE(sqlite::parseJsonArray(junk).empty()) << junk;
}

}  // namespace
}  // namespace cairn::registry::testing
