// The PostgreSQL schema and the flip statements by themselves, on a real server: locks, triggers, interleavings.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <thread>

#include "common/cid/cid.h"
#include "common/cid/sha256.h"
#include "tests/unit/daemon/registry/postgres_server.h"

namespace cairn::registry::testing {
namespace {

std::string readSource(const std::string& name) {
  std::ifstream in(std::string(CAIRN_POSTGRES_SQL) + "/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string root(const std::string& name) {
  return Cid::of(Codec::dag_cbor, asBytes(name)).str();
}

struct Flip {
  std::string bucket = "b", expectedRoot, expectedVersion = "0", nextRoot, master = "m1", epoch = "1", cas = "t",
              term = "0";
  std::vector<std::string> parameters() const {
    return {"owner",
            bucket,
            expectedRoot,
            expectedVersion,
            nextRoot,
            "\\x000102030405060708090a0b0c0d0e0f",
            master,
            epoch,
            term,
            "[\"m1\",\"s1\"]",
            "3",
            "2",
            "1",
            "4",
            "1234567890123",
            "\\x7265636569707400",
            "\\x" + toHex(sha256(asBytes(std::string_view("receipt\0", 8))))};
  }
};

class Postgres : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    ASSERT_TRUE(server_->running()) << "PostgreSQL 15 must be installed: apt-get install postgresql-15";
    connection_ = server_->database();
    session_ = std::make_unique<Session>(connection_);
    ASSERT_EQ(session_->exec(readSource("migrations/0001_core.up.sql")).error, "");
    ASSERT_EQ(session_->exec("INSERT INTO master_epochs VALUES ('m1', 1), ('m2', 1), ('d1', 1)").error, "");
  }
  void TearDown() override { session_.reset(); }

  static std::string statement(const Flip& f) {
    const bool first = f.expectedVersion == "0" && f.expectedRoot.empty();
    return readSource(std::string("statements/flip_") + (f.cas == "f" ? "dark" : first ? "first" : "next") + ".sql");
  }
  std::string flip(const Flip& f) {
    Rows rows = session_->exec(statement(f), f.parameters());
    return rows.error.empty() ? rows.at(0, 0) : rows.error;
  }
  Flip next(const std::string& name) {
    Flip f;
    Rows row = session_->exec("SELECT root_cid, version FROM bucket_roots WHERE bucket = 'b'");
    if (!row.values.empty()) {
      f.expectedRoot = row.at(0, 0);
      f.expectedVersion = row.at(0, 1);
    }
    f.nextRoot = name.empty() ? "" : root(name);
    return f;
  }
  std::string one(const std::string& sql) {
    Rows rows = session_->exec(sql);
    return rows.error.empty() ? rows.at(0, 0) : rows.error;
  }
  std::string refusal(const std::string& sql) { return session_->exec(sql).error; }
  void waitUntilLocked(const Session& other) {
    std::string sql =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " + std::to_string(other.pid());
    while (one(sql) != "1") std::this_thread::yield();
  }

  static inline std::unique_ptr<PostgresServer> server_;
  std::string connection_;
  std::unique_ptr<Session> session_;
};

TEST_F(Postgres, AWonFlipMovesThePointerAndLeavesHistory) {
  ASSERT_EQ(flip(next("one")), "won");
  ASSERT_EQ(flip(next("two")), "won");
  EXPECT_EQ(one("SELECT root_cid FROM bucket_roots"), root("two"));
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "2");
  EXPECT_EQ(one("SELECT count(*) FROM bucket_root_history"), "2");
  EXPECT_EQ(one("SELECT previous_root FROM bucket_root_history WHERE version = 2"), root("one"));
  EXPECT_EQ(one("SELECT encode(receipt_hash, 'hex') = encode(sha256(receipt), 'hex') FROM bucket_root_history LIMIT 1"),
            "t");
  EXPECT_EQ(one("SELECT count(*) FROM events"), "0") << "a flip does not wait for its event";
}

TEST_F(Postgres, AStaleFlipAndWrongAssertionsLose) {
  Flip late = next("late");
  ASSERT_EQ(flip(next("one")), "won");
  EXPECT_EQ(flip(late), "lost") << "`no such row` is an assertion like any other";
  Flip wrong = next("two");
  wrong.expectedRoot = root("never was");
  EXPECT_EQ(flip(wrong), "lost");
  wrong = next("two");
  wrong.expectedVersion = "7";
  EXPECT_EQ(flip(wrong), "lost");
  wrong.bucket = "never was";
  EXPECT_EQ(flip(wrong), "lost");
  EXPECT_EQ(one("SELECT count(*) FROM bucket_root_history"), "1");
}

TEST_F(Postgres, ATombstoneContinuesItsVersions) {
  Flip late = next("late");
  ASSERT_EQ(flip(next("one")), "won");
  ASSERT_EQ(flip(next("")), "won");
  EXPECT_EQ(flip(late), "lost");
  ASSERT_EQ(flip(next("two")), "won");
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "3");
}

TEST_F(Postgres, AFencedSupersededOrUnknownMasterCannotFlip) {
  Flip f = next("one");
  f.master = "stranger";
  EXPECT_EQ(flip(f), "fenced");
  f = next("one");
  f.epoch = "2";
  EXPECT_EQ(flip(f), "fenced");
  session_->exec("UPDATE master_epochs SET fenced = true WHERE master = 'm1'");
  EXPECT_EQ(flip(next("one")), "fenced");
  EXPECT_EQ(one("SELECT count(*) FROM bucket_roots"), "0");
}

TEST_F(Postgres, AFenceWaitsForAFlipThatWaitsForARow) {
  ASSERT_EQ(flip(next("one")), "won");
  Session holder(connection_), flipper(connection_), fencer(connection_);
  holder.exec("BEGIN");
  holder.exec("SELECT 1 FROM bucket_roots WHERE bucket = 'b' FOR UPDATE");
  flipper.send(statement(next("two")), next("two").parameters());
  waitUntilLocked(flipper);
  fencer.send("UPDATE master_epochs SET epoch = epoch + 1, fenced = true WHERE master = 'm1'");
  waitUntilLocked(fencer);
  EXPECT_TRUE(fencer.busy()) << "the fence has not committed, so the flip may still win";
  holder.exec("ROLLBACK");
  EXPECT_EQ(flipper.receive().at(0, 0), "won");
  EXPECT_EQ(fencer.receive().error, "");
  EXPECT_EQ(flip(next("three")), "fenced");
}

TEST_F(Postgres, WithoutTheShareLockAWaitingFlipWouldSlipPastTheFence) {
  ASSERT_EQ(flip(next("one")), "won");
  std::string unlocked = statement(next("two"));
  const std::string lock = "NOT fenced FOR SHARE";
  ASSERT_NE(unlocked.find(lock), std::string::npos);
  unlocked.replace(unlocked.find(lock), lock.size(), "NOT fenced");
  for (bool checkedAtCommit : {true, false}) {
    if (!checkedAtCommit) session_->exec("ALTER TABLE bucket_roots DISABLE TRIGGER bucket_roots_recorded");
    session_->exec("UPDATE master_epochs SET epoch = 1, fenced = false WHERE master = 'm1'");
    Session holder(connection_), flipper(connection_), fencer(connection_);
    holder.exec("BEGIN");
    holder.exec("SELECT 1 FROM bucket_roots WHERE bucket = 'b' FOR UPDATE");
    flipper.send(unlocked, next("two").parameters());
    waitUntilLocked(flipper);
    EXPECT_EQ(fencer.exec("UPDATE master_epochs SET epoch = epoch + 1, fenced = true WHERE master = 'm1'").error, "");
    holder.exec("ROLLBACK");
    Rows outcome = flipper.receive();
    if (checkedAtCommit) {
      EXPECT_NE(outcome.error.find("cairn:"), std::string::npos) << "the deferred check is the second line of defence";
    } else {
      EXPECT_EQ(outcome.at(0, 0), "won") << "the control: this is the hole that FOR SHARE closes";
    }
  }
}

TEST_F(Postgres, TheLeaseDecidesWhoWritesUntilCasIsRequired) {
  Flip dark = next("one");
  dark.master = "d1";
  dark.cas = "f";
  dark.term = "5";
  EXPECT_EQ(flip(dark), "not_writer");
  session_->exec("UPDATE writer_lease SET holder = 'd1', term = 5, expires_at = clock_timestamp() + interval '1 hour'");
  dark.expectedVersion = "41";
  EXPECT_EQ(flip(dark), "won") << "a dark flip compares nothing";
  EXPECT_EQ(flip(next("two")), "not_writer");
  dark.nextRoot = root("three");
  EXPECT_EQ(flip(dark), "won");
  EXPECT_EQ(one("SELECT previous_root FROM bucket_root_history WHERE version = 2"), root("one"));
  dark.term = "4";
  EXPECT_EQ(flip(dark), "not_writer");
  session_->exec("UPDATE fleet SET require_cas = true");
  dark.term = "5";
  EXPECT_EQ(flip(dark), "requires_cas");
  EXPECT_EQ(flip(next("two")), "won");
  session_->exec("UPDATE fleet SET require_cas = false; UPDATE writer_lease SET expires_at = clock_timestamp()");
  EXPECT_EQ(flip(dark), "not_writer");
  EXPECT_EQ(flip(next("four")), "won");
}

TEST_F(Postgres, ADarkFlipThatOverlapsGraduationIsRefusedAtCommit) {
  session_->exec("UPDATE writer_lease SET holder = 'd1', term = 5, expires_at = clock_timestamp() + interval '1 hour'");
  Flip dark = next("one");
  dark.master = "d1";
  dark.cas = "f";
  dark.term = "5";
  Session flipper(connection_), graduator(connection_);
  flipper.exec("BEGIN");
  ASSERT_EQ(flipper.exec(statement(dark), dark.parameters()).at(0, 0), "won");
  graduator.send("UPDATE fleet SET require_cas = true");
  waitUntilLocked(graduator);
  EXPECT_EQ(flipper.exec("COMMIT").error, "") << "the requirement waits for the flip";
  EXPECT_EQ(graduator.receive().error, "");
  EXPECT_EQ(flip(dark), "requires_cas");
}

TEST_F(Postgres, OnceCasIsRequiredOtherGatewaysAreRefused) {
  ASSERT_EQ(flip(next("one")), "won");
  session_->exec("UPDATE fleet SET require_cas = true");
  ASSERT_EQ(flip(next("two")), "won");
  std::string foreign = "UPDATE bucket_roots SET root_cid = '" + root("x") + "', version = version + 1";
  EXPECT_NE(refusal(foreign).find("cairn:requires_cas"), std::string::npos);
  EXPECT_NE(refusal("INSERT INTO bucket_roots VALUES ('owner', 'x', 'r', 1)").find("cairn:requires_cas"),
            std::string::npos);
  EXPECT_NE(refusal("DELETE FROM bucket_roots").find("cairn:requires_cas"), std::string::npos);
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "2");
  // With its history row of a live CAS epoch, in either order of the statements, a root is taken.
  EXPECT_EQ(
      refusal("BEGIN; " + foreign + "; INSERT INTO bucket_root_history SELECT owner_id, bucket, 3, '" + root("x") +
              "', root_cid, commit_id, master, epoch, cas, holders, 0, 0, 0, 0, 0, at, '', ''"
              " FROM bucket_root_history WHERE version = 2; COMMIT"),
      "");
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "3");
}

TEST_F(Postgres, AForeignUpsertGetsItsHistory) {
  ASSERT_EQ(flip(next("one")), "won");
  std::string upsert = "INSERT INTO bucket_roots VALUES ('owner', 'b', '" + root("f") +
                       "', 1, now()) ON CONFLICT (owner_id, bucket) DO UPDATE SET root_cid = excluded.root_cid,"
                       " version = bucket_roots.version + 1";
  ASSERT_EQ(refusal(upsert), "");
  EXPECT_EQ(one("SELECT previous_root FROM bucket_root_history WHERE version = 2 AND master = ''"), root("one"));
  ASSERT_EQ(flip(next("two")), "won");
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "3");
}

TEST_F(Postgres, AGatewayWithRightsOnTheRootTableAloneCanStillWrite) {
  session_->exec(
      "DROP ROLE IF EXISTS gateway; CREATE ROLE gateway; GRANT SELECT, INSERT, UPDATE ON bucket_roots TO gateway");
  EXPECT_EQ(refusal("SET ROLE gateway; INSERT INTO bucket_roots VALUES ('owner', 'g', '" + root("g") + "', 1, now())"),
            "");
  session_->exec("RESET ROLE");
  EXPECT_EQ(one("SELECT count(*) FROM bucket_root_history"), "1");
  session_->exec("DROP OWNED BY gateway; DROP ROLE gateway");
}

TEST_F(Postgres, VersionsNeverGoBackwards) {
  for (const char* name : {"one", "two", "three"}) ASSERT_EQ(flip(next(name)), "won");
  for (const char* sql : {"UPDATE bucket_roots SET version = 2", "UPDATE bucket_roots SET version = 5, root_cid = 'x'",
                          "UPDATE bucket_roots SET root_cid = 'x'", "UPDATE bucket_roots SET bucket = 'elsewhere'"})
    EXPECT_NE(refusal(sql).find("cairn:backwards"), std::string::npos) << sql;
  EXPECT_EQ(refusal("UPDATE bucket_roots SET updated_at = now()"), "");
  ASSERT_EQ(refusal("DELETE FROM bucket_roots"), "");
  EXPECT_EQ(one("SELECT version FROM bucket_roots WHERE root_cid = ''"), "4") << "a deleted row becomes a tombstone";
  EXPECT_EQ(one("SELECT count(*) FROM bucket_root_history"), "4");
}

TEST_F(Postgres, ADarkFlipNeverOverwritesARootThatCannotBeRead) {
  session_->exec("INSERT INTO bucket_roots VALUES ('owner', 'b', 'QmUnreadable', 9)");
  session_->exec("UPDATE writer_lease SET holder = 'd1', term = 5, expires_at = clock_timestamp() + interval '1 hour'");
  Flip dark = next("one");
  dark.master = "d1";
  dark.cas = "f";
  dark.term = "5";
  EXPECT_EQ(flip(dark), "lost");
  EXPECT_EQ(one("SELECT root_cid FROM bucket_roots"), "QmUnreadable");
}

TEST_F(Postgres, OfTwoFlipsAtOnceOneWins) {
  ASSERT_EQ(flip(next("base")), "won");
  Session a(connection_), b(connection_);
  for (int round = 0; round < 50; ++round) {
    Flip first = next("a" + std::to_string(round)), second = first;
    second.nextRoot = root("b" + std::to_string(round));
    second.master = "m2";
    a.send(statement(first), first.parameters());
    b.send(statement(second), second.parameters());
    std::map<std::string, int> outcomes;
    ++outcomes[a.receive().at(0, 0)];
    ++outcomes[b.receive().at(0, 0)];
    EXPECT_EQ(outcomes["won"], 1);
    EXPECT_EQ(outcomes["lost"], 1);
  }
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "51");
}

TEST_F(Postgres, TheMigrationHasItsWayBack) {
  ASSERT_EQ(flip(next("one")), "won");
  ASSERT_EQ(session_->exec(readSource("migrations/0001_core.down.sql")).error, "");
  EXPECT_EQ(one("SELECT string_agg(table_name, ',') FROM information_schema.tables WHERE table_schema = 'public'"),
            "bucket_roots");
  EXPECT_EQ(one("SELECT count(*) FROM pg_proc WHERE proname LIKE 'cairn%'"), "0");
  ASSERT_EQ(session_->exec(readSource("migrations/0001_core.up.sql")).error, "");
  EXPECT_EQ(one("SELECT version FROM bucket_roots"), "1");
}

}  // namespace
}  // namespace cairn::registry::testing
