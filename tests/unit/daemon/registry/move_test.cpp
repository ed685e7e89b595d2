// Moving a registry file into PostgreSQL: everything arrives, nothing acknowledged is lost, one of the two is live.
#include "daemon/registry/move/move.h"

#include <array>
#include <atomic>
#include <thread>

#include "daemon/registry/identity.h"
#include "tests/unit/daemon/registry/postgres_engine.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

void ignore(const std::string&) {}

class MoveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = openFile();
    ASSERT_TRUE(file_);
    Master master;
    master.id = MasterId("m1");
    master.cas = true;
    master.version = "test\twith a tab\\";
    master.profile = "master";
    master.receiptKey = Bytes(33, 2);
    epoch_ = run(file_->registerMaster(master))->epoch;
  }
  std::unique_ptr<Registry> openFile() {
    auto opened = openSqlite({scratch_.path(), {}, std::chrono::seconds(60)});
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  FlipRequest next(Registry& registry, const BucketId& bucket, const std::string& root) {
    auto now = run(registry.read(bucket));
    EXPECT_TRUE(now) << now.error().message;
    FlipRequest r;
    r.bucket = bucket;
    r.expectedRoot = now->root;
    r.expectedVersion = now->version;
    r.nextRoot = rootNamed(root);
    r.commit = newCommitId(*random_);
    r.master = MasterId("m1");
    r.epoch = epoch_;
    r.holders = {MasterId("m1")};
    r.attempt = 1;
    r.claimedAt = Timestamp(1234567890123);
    r.receipt = toBytes(asBytes("receipt of " + root));
    return r;
  }
  FlipStatus flip(Registry& registry, const BucketId& bucket, const std::string& root) {
    return run(registry.flip(next(registry, bucket, root))).status;
  }
  void fill(unsigned flips) {
    for (unsigned i = 0; i < flips; ++i)
      ASSERT_EQ(flip(*file_, bucketNamed("b" + std::to_string(i % 7), "ow\\ner\n"), "r" + std::to_string(i)),
                FlipStatus::won);
    AccessKeyRow key;
    key.id = "AKIA";
    key.owner = OwnerId("owner");
    key.sealedSecret = Bytes{0, 1, 2, 255};
    key.sealedBy = "00112233aabbccdd";
    ASSERT_TRUE(run(file_->identity().addAccessKey(key)));
    for (int i = 0; i < 3; ++i) {
      AuditRow row;
      row.who = "AKIA";
      row.action = "test";
      row.what = "{\"n\": \"\\u0000\\t" + std::to_string(i) + "\"}";
      ASSERT_TRUE(run(file_->identity().appendAudit(row)));
    }
    Race race;
    race.bucket = bucketNamed("b1");
    race.loser = race.winner = MasterId("m1");
    race.keys = {"käse\t\n", "b"};
    ASSERT_TRUE(run(file_->recordRace(race)));
    ASSERT_TRUE(run(file_->setRequireCas(true)));
  }
  Result<Moved> move(const MoveProgress& progress = ignore) { return moveRegistry(scratch_.path(), url_, progress); }
  Rows sql(const std::string& statement) { return Session(url_).exec(statement); }
  void expectSame(const std::vector<HistoryRow>& a, const std::vector<HistoryRow>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].version, b[i].version);
      EXPECT_EQ(a[i].root, b[i].root);
      EXPECT_EQ(a[i].commit, b[i].commit);
      EXPECT_EQ(a[i].receipt, b[i].receipt);
      EXPECT_EQ(a[i].holders, b[i].holders);
      EXPECT_EQ(a[i].at, b[i].at);
    }
  }
  static std::vector<HistoryRow> history(Registry& registry, const BucketId& bucket) {
    auto rows = run(registry.history(bucket, Version(0), Version(1000000), 1000000));
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *rows : std::vector<HistoryRow>{};
  }

  ScratchFile scratch_;
  const std::string url_ = server().database();
  std::unique_ptr<Registry> file_;
  Epoch epoch_{0};
  std::unique_ptr<Random> random_ = systemRandom();
};

TEST_F(MoveTest, EverythingArrivesAndTheFileIsSealed) {
  ASSERT_NO_FATAL_FAILURE(fill(50));
  const BucketId bucket = bucketNamed("b3", "ow\\ner\n");
  const auto before = history(*file_, bucket);
  const auto events = *run(file_->events(0, 1000));
  const auto audit = *run(file_->identity().audit(0, UINT64_MAX, 100));
  const auto races = *run(file_->races(std::nullopt, 10));
  const auto fleet = *run(file_->fleetId());
  auto moved = move();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(moved->buckets, 7U);
  EXPECT_GT(moved->rows, 100U);

  auto server = openAt(url_);
  ASSERT_TRUE(server);
  expectSame(before, history(*server, bucket));
  EXPECT_EQ(*run(server->fleetId()), fleet);
  EXPECT_TRUE(*run(server->requireCas()));
  const auto eventsNow = *run(server->events(0, 1000));
  ASSERT_EQ(eventsNow.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(eventsNow[i].json, events[i].json);
  EXPECT_EQ(*run(server->lastEvent()), events.back().sequence);
  const auto auditNow = *run(server->identity().audit(0, UINT64_MAX, 100));
  ASSERT_EQ(auditNow.size(), audit.size());
  for (std::size_t i = 0; i < audit.size(); ++i) EXPECT_EQ(auditNow[i].hash, audit[i].hash);
  EXPECT_EQ(run(server->races(std::nullopt, 10))->front().keys, races.front().keys);
  EXPECT_EQ(run(server->identity().accessKeys(OwnerId("owner")))->front().sealedSecret, (Bytes{0, 1, 2, 255}));

  // The file gives and takes nothing any more; the database goes on where it was.
  EXPECT_EQ(run(file_->read(bucket)).error().code, Errc::unavailable);
  EXPECT_EQ(run(file_->list(OwnerId("owner"))).error().code, Errc::unavailable);
  EXPECT_EQ(run(file_->heartbeat(MasterId("m1"), epoch_)).error().code, Errc::unavailable);
  EXPECT_EQ(openSqlite({scratch_.path(), {}, std::chrono::seconds(1)}).error().code, Errc::precondition);
  EXPECT_TRUE(plainSqlite(scratch_.path(), "UPDATE bucket_roots SET version = version + 1, root_cid = 'x'"));
  EXPECT_EQ(flip(*server, bucket, "after"), FlipStatus::won);
  EXPECT_EQ(history(*server, bucket).size(), before.size() + 1);
  Race race;
  race.bucket = bucket;
  race.loser = race.winner = MasterId("m1");
  EXPECT_TRUE(run(server->recordRace(race)));
  EXPECT_EQ(run(server->events(events.back().sequence, 10))->size(), 2U);  // the flip's and the race's
  auto again = move();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->before);
}

TEST_F(MoveTest, NoFlipThatWasAcknowledgedMeanwhileIsMissing) {
  ASSERT_NO_FATAL_FAILURE(fill(10));
  std::atomic<bool> stop{false};
  std::array<std::atomic<std::uint64_t>, 3> acknowledged{};
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < acknowledged.size(); ++i)
    writers.emplace_back([&, i] {
      auto own = openFile();
      for (unsigned n = 0; !stop; ++n) {
        const BucketId bucket = bucketNamed("w" + std::to_string(i));
        auto now = run(own->read(bucket));
        if (!now) return;  // sealed
        FlipRequest r;
        r.bucket = bucket;
        r.expectedRoot = now->root;
        r.expectedVersion = now->version;
        r.nextRoot = rootNamed(std::to_string(n));
        auto random = systemRandom();
        r.commit = newCommitId(*random);
        r.master = MasterId("m1");
        r.epoch = epoch_;
        if (run(own->flip(r)).status != FlipStatus::won) return;
        ++acknowledged[i];
      }
    });
  auto moved = move([&](const std::string&) {
    for (auto& count : acknowledged)
      for (const std::uint64_t before = count; count < before + 5;) std::this_thread::yield();
  });
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(moved) << moved.error().message;
  auto server = openAt(url_);
  for (std::size_t i = 0; i < acknowledged.size(); ++i) {
    EXPECT_GT(acknowledged[i], 0U);
    EXPECT_EQ(run(server->read(bucketNamed("w" + std::to_string(i))))->version.get(), acknowledged[i]);
    EXPECT_EQ(history(*server, bucketNamed("w" + std::to_string(i))).size(), acknowledged[i]);
  }
}

TEST_F(MoveTest, AfterALostConnectionItGoesOnWhereItStood) {
  ASSERT_NO_FATAL_FAILURE(fill(20));
  auto cut = move([&](const std::string& what) {
    if (what.starts_with("sealing"))
      sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <>"
          " pg_backend_pid()");
  });
  ASSERT_FALSE(cut);
  EXPECT_EQ(sql("SELECT up_to > 0 FROM moving_in WHERE name = 'events'").at(0, 0), "t");
  EXPECT_EQ(openPostgres({url_}).error().code, Errc::precondition);
  EXPECT_EQ(flip(*file_, bucketNamed("b1"), "still here"), FlipStatus::won);
  auto moved = move();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(run(openAt(url_)->read(bucketNamed("b1")))->root, rootNamed("still here"));
}

// The worst place to fail: sealed here, and not committed there.
TEST_F(MoveTest, ASealedFileOfADatabaseThatRefusedTheLastCommit) {
  ASSERT_NO_FATAL_FAILURE(fill(20));
  auto refuse = [&](const std::string& what) {
    if (what.starts_with("sealing"))
      sql("CREATE FUNCTION no_() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
          "CREATE CONSTRAINT TRIGGER no_ AFTER INSERT ON masters DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE"
          " FUNCTION no_()");
  };
  ASSERT_FALSE(move(refuse));
  EXPECT_EQ(run(file_->read(bucketNamed("b1"))).error().code, Errc::unavailable);
  EXPECT_EQ(openPostgres({url_}).error().code, Errc::precondition);

  ASSERT_TRUE(abandonMove(scratch_.path(), url_));
  EXPECT_EQ(flip(*file_, bucketNamed("b1"), "open again"), FlipStatus::won);
  EXPECT_EQ(abandonMove(scratch_.path(), url_).error().code, Errc::precondition);

  ASSERT_FALSE(move());
  sql("DROP TRIGGER no_ ON masters");
  auto moved = move();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(run(openAt(url_)->read(bucketNamed("b1")))->root, rootNamed("open again"));
  EXPECT_EQ(abandonMove(scratch_.path(), url_).error().code, Errc::precondition);
}

TEST_F(MoveTest, RowsThatTheDatabaseChangesAreNoticed) {
  ASSERT_NO_FATAL_FAILURE(fill(5));
  auto spoil = [&](const std::string& what) {
    if (what.starts_with("sealing"))
      sql("CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.owner_id := 'x'; RETURN NEW; END "
          "$$;"
          "CREATE TRIGGER spoil BEFORE INSERT ON access_keys FOR EACH ROW EXECUTE FUNCTION spoil()");
  };
  auto moved = move(spoil);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, Errc::corrupt);
  EXPECT_EQ(sql("SELECT count(*) FROM access_keys").at(0, 0), "0");
  EXPECT_EQ(flip(*file_, bucketNamed("b1"), "still here"), FlipStatus::won);
}

TEST_F(MoveTest, RowsThatGoMeanwhileAreGoneThereToo) {
  ASSERT_NO_FATAL_FAILURE(fill(30));
  const BucketId bucket = bucketNamed("b3", "ow\\ner\n");
  auto moved = move([&](const std::string& what) {
    if (what.starts_with("sealing"))
      EXPECT_FALSE(plainSqlite(scratch_.path(), "DELETE FROM bucket_root_history WHERE version = 2"));
  });
  ASSERT_TRUE(moved) << moved.error().message;
  auto server = openAt(url_);
  const auto rows = history(*server, bucket);
  ASSERT_GT(rows.size(), 2U);
  for (const auto& row : rows) EXPECT_NE(row.version, Version(2));
}

TEST_F(MoveTest, ADatabaseWithAnothersRowsIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(fill(5));
  ASSERT_TRUE(migratePostgres(url_));
  sql("INSERT INTO bucket_roots VALUES ('o', 'b', 'r', 1)");
  EXPECT_EQ(move().error().code, Errc::precondition);
  EXPECT_EQ(sql("SELECT to_regclass('moving_in') IS NULL").at(0, 0), "t");
  EXPECT_EQ(flip(*file_, bucketNamed("b1"), "still here"), FlipStatus::won);
  EXPECT_EQ(abandonMove(scratch_.path(), url_).error().code, Errc::precondition);
}

}  // namespace
}  // namespace cairn::registry::testing
