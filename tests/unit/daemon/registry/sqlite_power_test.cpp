// Power cuts under the registry's file, while flips, heartbeats and checkpoints go on: whatever of the writes since the
// last sync arrived, the file opens and has all that was acknowledged. CAIRN_POWER_POINTS and CAIRN_SEED change how
// many cuts and which.
#include <fstream>

#include "tests/unit/daemon/registry/power_vfs.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

constexpr std::uint64_t kBuckets = 4;
constexpr std::uint64_t kWritesForACut = 12;  ///< on the average; a flip makes six, and a thousand pages a checkpoint

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string bucketOf(std::uint64_t n) {
  return "b" + std::to_string(n);
}

/// What somebody was told, and so must be found after a cut.
struct Promised {
  std::mutex mutex;
  std::uint64_t versions[kBuckets] = {};
  std::int64_t heartbeat = 0;         ///< the last one that was written
  std::int64_t durableHeartbeat = 0;  ///< the last one before the last flip, whose sync has it, too
  std::atomic<bool> enough{false};
};

class Image {
 public:
  Image(const std::map<std::string, Bytes>& files, const std::filesystem::path& at) {
    for (const auto& [name, bytes] : files) {
      std::filesystem::path to = at;
      if (name.ends_with("-wal")) to += "-wal";
      std::ofstream(to, std::ios::binary) << asText(bytes);
    }
    sqlite3_open(at.c_str(), &db_);
  }
  ~Image() { sqlite3_close(db_); }

  /// The first column of the first row.
  std::string ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) return sqlite3_errmsg(db_);
    const int rc = sqlite3_step(statement);
    const auto* text = rc == SQLITE_ROW ? reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)) : nullptr;
    std::string out = text != nullptr ? text : rc == SQLITE_DONE ? "0" : sqlite3_errmsg(db_);
    sqlite3_finalize(statement);
    return out;
  }

 private:
  sqlite3* db_ = nullptr;
};

std::uint64_t numberIn(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 10);
}

void check(Image& image, Promised& promised) {
  ASSERT_EQ(image.ask("PRAGMA integrity_check"), "ok");
  for (std::uint64_t b = 0; b < kBuckets; ++b) {
    const std::string where = " WHERE bucket = '" + bucketOf(b) + "'";
    const std::uint64_t version = numberIn(image.ask("SELECT version FROM bucket_roots" + where));
    EXPECT_GE(version, promised.versions[b]) << "an acknowledged flip is lost";
    EXPECT_EQ(numberIn(image.ask("SELECT count(*) FROM bucket_root_history" + where)), version);
    if (version == 0) continue;
    EXPECT_EQ(image.ask("SELECT root_cid FROM bucket_roots" + where),
              rootNamed(bucketOf(b) + "/" + std::to_string(version)).str());
  }
  EXPECT_GE(static_cast<std::int64_t>(numberIn(image.ask("SELECT heartbeat_at FROM masters"))),
            promised.durableHeartbeat)
      << "a flip was synced, and what was written before it is lost";
}

Task<void> flipAll(Registry& registry, Promised& promised, std::uint64_t bucket, Epoch epoch, std::uint64_t& running) {
  RootRow row;
  for (std::uint64_t n = 1; !promised.enough; ++n) {
    FlipRequest r;
    r.bucket = bucketNamed(bucketOf(bucket));
    r.expectedRoot = row.root;
    r.expectedVersion = row.version;
    r.nextRoot = rootNamed(bucketOf(bucket) + "/" + std::to_string(n));
    r.commit.bytes[0] = static_cast<std::uint8_t>(bucket + 1);
    r.master = MasterId("m1");
    r.epoch = epoch;
    r.receipt = Bytes(300, 7);
    std::int64_t before = 0;
    {
      std::lock_guard lock(promised.mutex);
      before = promised.heartbeat;
    }
    FlipResult result = co_await registry.flip(std::move(r));
    CAIRN_ASSERT(result.status == FlipStatus::won);
    row = result.current;
    std::lock_guard lock(promised.mutex);
    promised.versions[bucket] = n;
    promised.durableHeartbeat = std::max(promised.durableHeartbeat, before);
  }
  --running;
}

/// What need not be durable by itself, on a connection of its own.
Task<void> beat(Registry& registry, Promised& promised, Epoch epoch, std::uint64_t& running) {
  while (running > 0) {
    CAIRN_ASSERT((co_await registry.heartbeat(MasterId("m1"), epoch)).has_value());
    auto masters = co_await registry.masters();
    std::lock_guard lock(promised.mutex);
    promised.heartbeat = masters->front().heartbeatAt.get();
  }
}

TEST(SqlitePowerCut, KeepsAllThatWasAcknowledgedAtAnyPoint) {
  const std::uint64_t points = number("CAIRN_POWER_POINTS", 1000);
  const std::uint64_t seed = number("CAIRN_SEED", std::random_device{}());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 dice(seed);
  ScratchFile file;
  Promised promised;
  std::uint64_t cuts = 0;
  bool armed = false;
  PowerVfs power([&] {
    if (!armed || promised.enough || dice() % kWritesForACut != 0) return;
    promised.enough = ++cuts >= points || ::testing::Test::HasFailure();
    ScratchFile copy;
    std::lock_guard lock(promised.mutex);
    Image image(PowerVfs::cut(dice), copy.path());
    check(image, promised);
  });
  auto opened = openSqlite({file.path(), PowerVfs::name(), std::chrono::seconds(60)});
  ASSERT_TRUE(opened) << opened.error().message;
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  const Epoch epoch = run((*opened)->registerMaster(m))->epoch;
  armed = true;
  net::io_context& context = executor();
  std::uint64_t running = kBuckets;
  for (std::uint64_t b = 0; b < kBuckets; ++b)
    spawn(context.get_executor(), flipAll(**opened, promised, b, epoch, running));
  spawn(context.get_executor(), beat(**opened, promised, epoch, running));
  context.run();
  opened->reset();
  RecordProperty("seed", std::to_string(seed));
}

}  // namespace
}  // namespace cairn::registry::testing
