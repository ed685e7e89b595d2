// An SQLite VFS that knows what a power cut would leave of the database and its write-ahead log.
//
// Contract: PowerVfs registers itself under name() for its life, which must cover every connection opened through it;
// one at a time. Files are really written, and never really synced: a sync only notes that what was written to that
// file before it began is durable now. `onWrite` is called before each write, truncation and sync of either file, under
// a lock that all of them take, so that cut() may be asked there what the disk holds. cut() gives each file's durable
// bytes with, of what was written since, some sectors and not others, in no order: `dice` says which.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <map>
#include <random>
#include <string>

#include "common/base/bytes.h"

namespace cairn::registry::testing {

class PowerVfs {
 public:
  explicit PowerVfs(std::function<void()> onWrite);
  ~PowerVfs();
  PowerVfs(const PowerVfs&) = delete;
  PowerVfs& operator=(const PowerVfs&) = delete;
  static const char* name() { return "cairn-power"; }

  /// Path -> contents. Only from `onWrite`, or when nothing is written.
  static std::map<std::string, Bytes> cut(std::mt19937_64& dice);

 private:
  sqlite3_vfs vfs_;
};

}  // namespace cairn::registry::testing
