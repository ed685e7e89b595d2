#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/unit/daemon/registry/faulty_vfs.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

std::unique_ptr<Registry> openAt(const std::filesystem::path& path, std::string vfs = {}) {
  auto opened = openSqlite({path, std::move(vfs), std::chrono::seconds(10)});
  EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
  return opened ? std::move(*opened) : nullptr;
}

Epoch enroll(Registry& registry, const std::string& name) {
  Master m;
  m.id = MasterId(name);
  m.cas = true;
  auto registered = run(registry.registerMaster(m));
  EXPECT_TRUE(registered);
  return registered->epoch;
}

FlipRequest flipFrom(const RootRow& row, const std::string& bucket, const std::string& master, Epoch epoch,
                     std::uint64_t n) {
  FlipRequest r;
  r.bucket = bucketNamed(bucket);
  r.expectedRoot = row.root;
  r.expectedVersion = row.version;
  r.nextRoot = rootNamed(master + std::to_string(n));
  for (std::size_t i = 0; i < 8; ++i) r.commit.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  r.commit.bytes[15] = static_cast<std::uint8_t>(master.back());
  r.master = MasterId(master);
  r.epoch = epoch;
  r.receipt = Bytes(500, 7);
  return r;
}

/// Runs `body` in a child process, started when the returned pipe's end is written to.
class Child {
 public:
  explicit Child(const std::function<void(int report)>& body) {
    int go[2], report[2];
    EXPECT_EQ(::pipe(go), 0);
    EXPECT_EQ(::pipe(report), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(go[1]);
      char c;
      [[maybe_unused]] auto n = ::read(go[0], &c, 1);
      body(report[1]);
      ::_exit(0);
    }
    ::close(go[0]);
    ::close(report[1]);
    go_ = go[1];
    report_ = report[0];
  }
  ~Child() {
    kill();
    ::close(report_);
  }
  // A byte, not the end of the pipe: children forked later hold its other end too.
  void start() {
    EXPECT_EQ(::write(go_, "", 1), 1);
    ::close(std::exchange(go_, -1));
  }
  void kill() {
    if (go_ >= 0) ::close(go_);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = 0;
    go_ = -1;
  }
  /// The child's next number; nullopt when it ended.
  std::optional<std::uint64_t> next() {
    std::uint64_t value = 0;
    if (::read(report_, &value, sizeof value) != sizeof value) return std::nullopt;
    return value;
  }

 private:
  pid_t pid_ = 0;
  int go_ = -1, report_ = -1;
};

void tell(int report, std::uint64_t value) {
  [[maybe_unused]] auto n = ::write(report, &value, sizeof value);
}

TEST(Sqlite, ANewerSchemaIsRefusedAndLeftAlone) {
  ScratchFile file;
  openAt(file.path());
  ASSERT_FALSE(plainSqlite(file.path(), "UPDATE fleet SET schema_version = 999"));
  auto opened = openSqlite({file.path(), {}, std::chrono::seconds(1)});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::newer_version);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST(Sqlite, WhatIsNoDatabaseIsCorruptAndAMissingDirectoryIsNamed) {
  ScratchFile file;
  std::ofstream(file.path()) << std::string(8192, 'x');
  auto opened = openSqlite({file.path(), {}, std::chrono::seconds(1)});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  opened = openSqlite({file.path() / "nowhere" / "registry.db", {}, std::chrono::seconds(1)});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_NE(opened.error().message.find("nowhere"), std::string::npos);
}

TEST(Sqlite, AnExistingTableOfAnotherGatewayIsKept) {
  ScratchFile file;
  ASSERT_FALSE(
      plainSqlite(file.path(),
                  "CREATE TABLE bucket_roots (owner_id TEXT NOT NULL, bucket TEXT NOT NULL, root_cid TEXT NOT NULL,"
                  " version BIGINT NOT NULL, updated_at TIMESTAMPTZ, PRIMARY KEY (owner_id, bucket));"
                  "INSERT INTO bucket_roots VALUES ('owner', 'old', '" +
                      rootNamed("old").str() + "', 17, CURRENT_TIMESTAMP)"));
  auto registry = openAt(file.path());
  auto row = run(registry->read(bucketNamed("old")));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->version, Version(17));
  FlipRequest gone = flipFrom(*row, "old", "m1", enroll(*registry, "m1"), 1);
  gone.nextRoot.reset();
  EXPECT_EQ(run(registry->flip(gone)).current.version, Version(18)) << "a tombstone fits a NOT NULL column";
}

TEST(Sqlite, ManyProcessesMayOpenAFreshFileAtOnce) {
  for (int round = 0; round < 5; ++round) {
    ScratchFile file;
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i)
      children.push_back(std::make_unique<Child>([&](int report) {
        auto opened = openSqlite({file.path(), {}, std::chrono::seconds(10)});
        tell(report, opened ? 1 : 0);
      }));
    for (auto& child : children) child->start();
    for (auto& child : children) EXPECT_EQ(child->next(), 1U);
    EXPECT_EQ(run(openAt(file.path())->fleetId())->size(), 32U);
  }
}

// Flips its own bucket until killed; reports each version it was told it won.
void flipUntilKilled(const std::filesystem::path& path, const std::string& master, int report) {
  auto registry = openAt(path);
  Epoch epoch = enroll(*registry, master);
  RootRow row = *run(registry->read(bucketNamed(master)));
  for (std::uint64_t n = 1;; ++n) {
    FlipResult result = run(registry->flip(flipFrom(row, master, master, epoch, n)));
    if (result.status != FlipStatus::won) ::_exit(1);
    row = result.current;
    tell(report, row.version.get());
  }
}

TEST(Sqlite, AfterAKillHistoryAndPointerAgreeAndNothingAcknowledgedIsGone) {
  ScratchFile file;
  openAt(file.path());
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    Child child([&](int report) { flipUntilKilled(file.path(), "m1", report); });
    child.start();
    for (int i = 0; i < 20 + 13 * round; ++i) acknowledged = child.next().value_or(0);
    child.kill();
    while (auto more = child.next()) acknowledged = *more;
    auto registry = openAt(file.path());
    auto row = run(registry->read(bucketNamed("m1")));
    ASSERT_TRUE(row);
    EXPECT_GE(row->version.get(), acknowledged);
    EXPECT_LE(row->version.get(), acknowledged + 1);
    auto history = run(registry->history(bucketNamed("m1"), Version(1), Version(UINT64_MAX), SIZE_MAX));
    ASSERT_EQ(history->size(), row->version.get());
    EXPECT_EQ(history->back().root, row->root);
    EXPECT_GE(*run(registry->lastEvent()), row->version.get());
  }
}

TEST(Sqlite, TwoProcessesShareTheFileFairlyAndLoseNothing) {
  ScratchFile file;
  openAt(file.path());
  auto writer = [&](const std::string& master) {
    return [&file, master](int report) { flipUntilKilled(file.path(), master, report); };
  };
  Child first(writer("m1")), second(writer("m2"));
  first.start();
  second.start();
  std::array<std::uint64_t, 2> told{};
  auto watch = [&](Child& child, std::uint64_t& last) {
    return std::thread([&] {
      while (auto version = child.next()) last = *version;
    });
  };
  std::thread a = watch(first, told[0]), b = watch(second, told[1]);
  // Both have to run for a while at once: as long as it takes one registry file to see 4,000 events or 2 s.
  auto registry = openAt(file.path());
  for (auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
       std::chrono::steady_clock::now() < until;)
    if (*run(registry->lastEvent()) > 4000) break;
  first.kill();
  second.kill();
  a.join();
  b.join();
  const std::uint64_t total = told[0] + told[1];
  RecordProperty("first", static_cast<int>(told[0]));
  RecordProperty("second", static_cast<int>(told[1]));
  EXPECT_GT(std::min(told[0], told[1]) * 4, total) << told[0] << " against " << told[1];
  for (int i = 0; i < 2; ++i) {
    BucketId bucket = bucketNamed("m" + std::to_string(i + 1));
    EXPECT_GE(run(registry->read(bucket))->version.get(), told[static_cast<std::size_t>(i)]);
    EXPECT_EQ(run(registry->history(bucket, Version(1), Version(UINT64_MAX), SIZE_MAX))->size(),
              run(registry->read(bucket))->version.get());
  }
}

TEST(Sqlite, AFailedSyncAtCommitIsSettledAndTheRegistryGoesOn) {
  FaultyVfs vfs;
  ScratchFile file;
  auto registry = openAt(file.path(), FaultyVfs::name());
  Epoch epoch = enroll(*registry, "m1");
  RootRow row = run(registry->flip(flipFrom({}, "b", "m1", epoch, 1))).current;
  FaultyVfs::failSyncs = 1;
  FlipResult failed = run(registry->flip(flipFrom(row, "b", "m1", epoch, 2)));
  EXPECT_EQ(failed.status, FlipStatus::unavailable) << "settled: certainly did not happen";
  EXPECT_EQ(run(registry->read(bucketNamed("b")))->version, Version(1));
  FlipResult next = run(registry->flip(flipFrom(row, "b", "m1", epoch, 3)));
  EXPECT_EQ(next.status, FlipStatus::won) << next.reason;
  registry.reset();
  EXPECT_EQ(run(openAt(file.path())->history(bucketNamed("b"), Version(1), Version(99), 99))->size(), 2U);
}

TEST(Sqlite, WhenSettlingFailsTooTheOutcomeIsUnknown) {
  FaultyVfs vfs;
  ScratchFile file;
  auto registry = openAt(file.path(), FaultyVfs::name());
  Epoch epoch = enroll(*registry, "m1");
  RootRow row = run(registry->flip(flipFrom({}, "b", "m1", epoch, 1))).current;
  FaultyVfs::failSyncs = 2;
  EXPECT_EQ(run(registry->flip(flipFrom(row, "b", "m1", epoch, 2))).status, FlipStatus::unknown);
  EXPECT_EQ(run(registry->flip(flipFrom(*run(registry->read(bucketNamed("b"))), "b", "m1", epoch, 3))).status,
            FlipStatus::won);
  FaultyVfs::failSyncs = 1;
  EXPECT_EQ(run(registry->claimAlias(BucketName("x"), OwnerId("o"))).error().code, Errc::unknown_outcome);
}

TEST(Sqlite, AFullDiskRefusesFlipsForCertainAndRecovers) {
  FaultyVfs vfs;
  ScratchFile file;
  auto registry = openAt(file.path(), FaultyVfs::name());
  Epoch epoch = enroll(*registry, "m1");
  FaultyVfs::full = true;
  FlipResult refused = run(registry->flip(flipFrom({}, "b", "m1", epoch, 1)));
  EXPECT_EQ(refused.status, FlipStatus::unavailable);
  EXPECT_NE(refused.reason.find("free space"), std::string::npos) << refused.reason;
  EXPECT_EQ(run(registry->read(bucketNamed("b")))->version, Version(0));
  FaultyVfs::full = false;
  EXPECT_EQ(run(registry->flip(flipFrom({}, "b", "m1", epoch, 1))).status, FlipStatus::won);
}

TEST(Sqlite, TheLogStaysBoundedUnderConstantWriting) {
  ScratchFile file;
  auto registry = openAt(file.path());
  Epoch epoch = enroll(*registry, "m1");
  net::io_context& context = executor();
  std::uintmax_t largest = 0;
  auto writer = [&](std::string bucket) -> Task<void> {
    RootRow row;
    for (std::uint64_t n = 1; n <= 400; ++n) {
      FlipResult result = co_await registry->flip(flipFrom(row, bucket, "m1", epoch, n));
      EXPECT_EQ(result.status, FlipStatus::won) << result.reason;
      row = result.current;
      auto log = file.path();
      log += "-wal";
      largest = std::max(largest, std::filesystem::file_size(log));
    }
  };
  for (int i = 0; i < 16; ++i) spawn(context.get_executor(), writer("b" + std::to_string(i)));
  context.run();
  EXPECT_LT(largest, 64U << 20);
}

TEST(Sqlite, ALockedFileIsUnavailableNotUnknown) {
  ScratchFile file;
  openAt(file.path());
  auto opened = openSqlite({file.path(), {}, std::chrono::milliseconds(50)});
  ASSERT_TRUE(opened);
  Epoch epoch = enroll(**opened, "m1");
  sqlite3* db = nullptr;
  sqlite3_open(file.path().c_str(), &db);
  ASSERT_EQ(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(run((*opened)->flip(flipFrom({}, "b", "m1", epoch, 1))).status, FlipStatus::unavailable);
  EXPECT_TRUE(run((*opened)->read(bucketNamed("b")))) << "reads do not wait for a writer";
  sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  EXPECT_EQ(run((*opened)->flip(flipFrom({}, "b", "m1", epoch, 1))).status, FlipStatus::won);
}

}  // namespace
}  // namespace cairn::registry::testing
