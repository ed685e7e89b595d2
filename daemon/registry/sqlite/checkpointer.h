// Keeps the write-ahead log bounded, on a thread of its own, so that no flip pays for a checkpoint.
//
// Contract: logGrew() is cheap and may be called from any thread after each commit. A passive checkpoint begins at
// kPassivePages and disturbs nobody; only if the log has grown to kRestartPages, because writers never paused, do they
// wait once for the rest to be copied, so that the log starts over.
#pragma once

#include <atomic>
#include <memory>

#include "daemon/registry/sqlite/connection.h"
#include "daemon/registry/sqlite/worker.h"

namespace cairn::registry::sqlite {

inline constexpr int kPassivePages = 1000;
inline constexpr int kRestartPages = 8000;
static_assert(kRestartPages > 2 * kPassivePages,
              "a passive checkpoint gets its chance before writers are made to wait");

class Checkpointer {
 public:
  explicit Checkpointer(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), worker_([this](std::vector<int> sizes) { checkpoint(sizes.back()); }, 16) {}

  void logGrew(int pages) {
    if (pages >= kPassivePages && !pending_.exchange(true)) worker_.submit(pages);
  }

 private:
  void checkpoint(int pages) {
    int log = 0, copied = 0;
    sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &log, &copied);
    if (pages >= kRestartPages)
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_RESTART, &log, &copied);
    connection_->fairness().withdraw();
    pending_ = false;
  }

  std::unique_ptr<Connection> connection_;
  std::atomic<bool> pending_{false};
  Worker<int> worker_;
};

}  // namespace cairn::registry::sqlite
