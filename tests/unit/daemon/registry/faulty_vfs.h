// An SQLite VFS that fails syncs and writes of the write-ahead log on demand, in front of the system's.
//
// Contract: FaultyVfs registers itself under name() for its life, which must cover every connection opened through it.
// The counters are armed from any thread: the next `failSyncs` syncs of a -wal file answer SQLITE_IOERR_FSYNC after the
// bytes were written; while `full` is set, writes to it answer SQLITE_FULL.
#pragma once

#include <sqlite3.h>

#include <atomic>

namespace cairn::registry::testing {

class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  static const char* name() { return "cairn-faulty"; }

  static inline std::atomic<int> failSyncs{0};
  static inline std::atomic<bool> full{false};

 private:
  sqlite3_vfs vfs_;
};

}  // namespace cairn::registry::testing
