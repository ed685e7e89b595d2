// The PostgreSQL schema for identities, proved on a real server before there is an engine around it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "common/base/bytes.h"
#include "tests/unit/daemon/registry/postgres_server.h"

namespace cairn::registry::testing {
namespace {

std::string migration(const std::string& name) {
  std::ifstream in(std::string(CAIRN_POSTGRES_SQL) + "/migrations/" + name + ".sql");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string hash(std::uint8_t byte) {
  return "'\\x" + toHex(Bytes(32, byte)) + "'";
}

class PostgresIdentity : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    ASSERT_TRUE(server_->running()) << "PostgreSQL 15 must be installed: apt-get install postgresql-15";
    connection_ = server_->database();
    session_ = std::make_unique<Session>(connection_);
    ASSERT_EQ(refusal(migration("0001_core.up")), "");
    ASSERT_EQ(refusal(migration("0002_identity.up")), "");
    ASSERT_EQ(refusal(migration("0003_actions.up")), "");
    ASSERT_EQ(refusal(migration("0004_aliases.up")), "");
  }
  void TearDown() override { session_.reset(); }

  std::string refusal(const std::string& sql) { return session_->exec(sql).error; }
  std::string one(const std::string& sql) {
    Rows rows = session_->exec(sql);
    return rows.error.empty() ? rows.at(0, 0) : rows.error;
  }
  void expectRefused(const std::string& sql, const std::string& why) {
    EXPECT_NE(refusal(sql).find(why), std::string::npos) << sql;
  }
  static std::string append(int sequence, const std::string& previous, const std::string& own) {
    return "INSERT INTO audit VALUES (" + std::to_string(sequence) +
           ", 1, 'who', 'action', '{}', '', '', '', 'done', " + previous + ", " + own + ")";
  }

  static inline std::unique_ptr<PostgresServer> server_;
  std::string connection_;
  std::unique_ptr<Session> session_;
};

TEST_F(PostgresIdentity, GoesUpDownAndUpAgainAndLeavesTheFirstSchemaAlone) {
  const std::string tables =
      "SELECT string_agg(table_name, ',' ORDER BY table_name) FROM information_schema.tables WHERE table_schema ="
      " 'public'";
  const std::string functions =
      "SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE proname LIKE 'cairn%'";
  ASSERT_EQ(refusal(append(1, hash(0), hash(1))), "");
  ASSERT_EQ(refusal("INSERT INTO bucket_aliases VALUES ('n', 'o', now())"), "");
  ASSERT_EQ(refusal(migration("0004_aliases.down")), "");
  ASSERT_EQ(refusal(migration("0003_actions.down")), "");
  const std::string secondTables = one(tables);
  EXPECT_EQ(secondTables.find("action_nonces"), std::string::npos);
  EXPECT_EQ(one("SELECT count(*) FROM audit"), "1") << "the third leaves the second's rows alone";
  ASSERT_EQ(refusal(migration("0003_actions.up")), "");
  ASSERT_EQ(refusal(migration("0003_actions.down")), "");
  EXPECT_EQ(one(tables), secondTables);
  ASSERT_EQ(refusal(migration("0002_identity.down")), "");
  const std::string firstTables = one(tables), firstFunctions = one(functions);
  EXPECT_EQ(firstTables.find("audit"), std::string::npos);
  EXPECT_EQ(one("SELECT count(*) FROM bucket_aliases"), "1");
  ASSERT_EQ(refusal(migration("0002_identity.up")), "");
  EXPECT_EQ(one("SELECT count(*) FROM audit"), "0");
  EXPECT_EQ(one("SELECT revision FROM identity_revision"), "0");
  ASSERT_EQ(refusal(migration("0002_identity.down")), "");
  EXPECT_EQ(one(tables), firstTables);
  EXPECT_EQ(one(functions), firstFunctions);
  EXPECT_EQ(refusal(migration("0001_core.down")), "");
}

TEST_F(PostgresIdentity, TheAuditLogOnlyGrowsRowAfterRow) {
  expectRefused(append(2, hash(0), hash(1)), "cairn:append_only");
  expectRefused(append(1, hash(9), hash(1)), "cairn:append_only");
  expectRefused(append(0, hash(0), hash(1)), "cairn:append_only");
  ASSERT_EQ(refusal(append(1, hash(0), hash(1))), "");
  ASSERT_EQ(refusal(append(2, hash(1), hash(2))), "");
  expectRefused(append(4, hash(2), hash(4)), "cairn:append_only");
  expectRefused(append(3, hash(1), hash(3)), "cairn:append_only");
  expectRefused(append(2, hash(1), hash(3)), "audit_pkey");
  expectRefused(append(1, hash(0), hash(3)), "audit_pkey");
  expectRefused(append(2, hash(1), hash(3)) + " ON CONFLICT (sequence) DO UPDATE SET who = 'x'", "cairn:append_only");
  for (const char* sql : {"UPDATE audit SET who = 'x'", "UPDATE audit SET at = at", "DELETE FROM audit",
                          "DELETE FROM audit WHERE sequence = 2", "TRUNCATE audit"})
    expectRefused(sql, "cairn:append_only");
  EXPECT_EQ(one("SELECT string_agg(sequence || who, ',' ORDER BY sequence) FROM audit"), "1who,2who");
  expectRefused(append(3, hash(2), "'\\x01'"), "audit_hash_check");
}

TEST_F(PostgresIdentity, OfTwoThatAppendAtOnceOneWaitsAndIsRefused) {
  ASSERT_EQ(refusal(append(1, hash(0), hash(1))), "");
  Session first(connection_), second(connection_);
  ASSERT_EQ(first.exec("BEGIN").error, "");
  ASSERT_EQ(first.exec(append(2, hash(1), hash(2))).error, "");
  EXPECT_NE(second.exec(append(3, hash(2), hash(3))).error, "") << "nothing follows what may yet be undone";
  second.send(append(2, hash(1), hash(22)));
  const std::string waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " + std::to_string(second.pid());
  while (second.busy() && one(waits) != "1") std::this_thread::yield();
  ASSERT_TRUE(second.busy()) << "it must wait for the first";
  ASSERT_EQ(first.exec("COMMIT").error, "");
  EXPECT_NE(second.receive().error.find("audit_pkey"), std::string::npos);
  EXPECT_EQ(second.exec(append(3, hash(2), hash(3))).error, "");
}

TEST_F(PostgresIdentity, WhatIsGivenOnceIsNeverTakenBack) {
  ASSERT_EQ(refusal("INSERT INTO revocations VALUES ('w', 100, 1)"), "");
  expectRefused("UPDATE revocations SET up_to = 99", "cairn:revoked");
  EXPECT_EQ(refusal("UPDATE revocations SET up_to = 101"), "");
  ASSERT_EQ(refusal("INSERT INTO bound_nonces VALUES (" + hash(1) + ", " + hash(2) + ", 1)"), "");
  expectRefused("UPDATE bound_nonces SET digest = nonce", "cairn:bound");
  EXPECT_EQ(refusal("UPDATE bound_nonces SET until = 2"), "");
  ASSERT_EQ(refusal("INSERT INTO grant_uses VALUES (" + hash(1) + ", 2, 1)"), "");
  expectRefused("UPDATE grant_uses SET uses = 1", "cairn:used");
  ASSERT_EQ(refusal("INSERT INTO access_keys VALUES ('k', 'o', '\\x01', 's', '', '', true, false, now(), 0, 0, 1)"),
            "");
  expectRefused("DELETE FROM access_keys", "cairn:kept");
  expectRefused("TRUNCATE access_keys", "cairn:kept");
  expectRefused("UPDATE access_keys SET deleted = true", "access_keys_check");
  ASSERT_EQ(refusal("UPDATE access_keys SET deleted = true, sealed_secret = ''"), "");
  expectRefused("UPDATE access_keys SET deleted = false", "cairn:kept");
}

TEST_F(PostgresIdentity, ANonceThatWasUsedStaysSo) {
  const std::string spend = "INSERT INTO action_nonces VALUES (" + hash(1) + ", " + hash(2) + ", 1, 1)";
  ASSERT_EQ(refusal(spend), "");
  expectRefused(spend, "action_nonces_pkey");
  expectRefused("UPDATE action_nonces SET digest = nonce", "cairn:spent");
  expectRefused("UPDATE action_nonces SET until = 2", "cairn:spent");
  expectRefused("INSERT INTO action_nonces VALUES ('\\x01', " + hash(2) + ", 1, 1)", "action_nonces_nonce_check");
}

TEST_F(PostgresIdentity, WhatMustBeUniqueOrShapedIs) {
  const std::string nonce = "INSERT INTO bound_nonces VALUES (" + hash(1) + ", " + hash(2) + ", 1)";
  ASSERT_EQ(refusal(nonce), "");
  expectRefused(nonce, "bound_nonces_pkey");
  ASSERT_EQ(refusal("INSERT INTO shared_keys VALUES ('k', 'sts', now(), false, 1)"), "");
  expectRefused("INSERT INTO shared_keys VALUES ('k', 'jwt', now(), false, 1)", "shared_keys_pkey");
  ASSERT_EQ(refusal("INSERT INTO wrapped_keys VALUES ('k', 'f', '\\x01', 1)"), "");
  expectRefused("INSERT INTO wrapped_keys VALUES ('k', 'f', '\\x02', 1)", "wrapped_keys_pkey");
  expectRefused("INSERT INTO operators VALUES ('w', 'king', '', now(), 1)", "operators_role_check");
  expectRefused("INSERT INTO revoked_grants VALUES ('\\x01', 1, 1)", "revoked_grants_digest_check");
  expectRefused("INSERT INTO identity_revision VALUES (2, 0)", "identity_revision_one_check");
}

TEST_F(PostgresIdentity, AGivenNameIsOfOneBucket) {
  ASSERT_EQ(refusal("INSERT INTO bucket_aliases VALUES ('n', 'ann', now())"), "");
  ASSERT_EQ(refusal("INSERT INTO given_aliases VALUES ('n', 'bob', 'b', '0xaa', now())"), "");
  expectRefused("INSERT INTO given_aliases VALUES ('n', 'zoe', 'b', '0xaa', now())", "given_aliases_pkey");
  ASSERT_EQ(refusal(migration("0004_aliases.down")), "");
  EXPECT_EQ(one("SELECT owner_id FROM bucket_aliases"), "ann") << "what was claimed stays";
  EXPECT_EQ(refusal(migration("0004_aliases.up")), "");
}

// What the engine must do: raise the revision first, so that who comes second sees what the first one did.
TEST_F(PostgresIdentity, RaisingTheRevisionFirstPutsChangesOneAfterAnother) {
  Session first(connection_), second(connection_);
  const std::string raise = "UPDATE identity_revision SET revision = revision + 1 RETURNING revision";
  ASSERT_EQ(first.exec("BEGIN").error, "");
  ASSERT_EQ(second.exec("BEGIN").error, "");
  EXPECT_EQ(first.exec(raise).at(0, 0), "1");
  second.send(raise);
  const std::string waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " + std::to_string(second.pid());
  while (second.busy() && one(waits) != "1") std::this_thread::yield();
  ASSERT_TRUE(second.busy()) << "it must wait for the first";
  ASSERT_EQ(first.exec("INSERT INTO operators VALUES ('w1', 'admin', '', now(), 1)").error, "");
  ASSERT_EQ(first.exec("COMMIT").error, "");
  EXPECT_EQ(second.receive().at(0, 0), "2");
  EXPECT_EQ(second.exec("SELECT count(*) FROM operators").at(0, 0), "1");
  EXPECT_EQ(second.exec("COMMIT").error, "");
}

}  // namespace
}  // namespace cairn::registry::testing
