// Disks in memory that lose power: segment files and RocksDB's files keep what completed syncs covered, and of the rest
// whatever the dice say.
//
// Contract: thread-safe. Operations on PowerFiles that change something are counted; from operation `cutAt` on, power
// is gone: it and all later ones answer EIO, as do RocksDB's. restore() then makes the disk what is found at the next
// start: every 512-byte sector written since its file's last sync holds its old bytes, its new ones, zeros or garbage,
// in any combination; names not yet synced are there or not. Operations may instead be made to fail once by `failure`.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "common/base/bytes.h"
#include "daemon/blocks/embedded/files.h"

namespace cairn::blocks::test {

enum class Operation { create, write, sync, truncate, rename, remove, syncDirectory };

class PowerFiles final : public embedded::FileSystem {
 public:
  struct Inode {
    Bytes durable;
    Bytes current;
    std::set<std::uint64_t> touched;  ///< sectors written since the last sync
  };

  int open(const std::string& path, bool create, std::unique_ptr<embedded::File>& out) override;
  int makeDirectory(const std::string&) override { return 0; }
  int list(const std::string& path, std::vector<std::string>& names) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;
  int syncDirectory(const std::string& path) override;
  std::uint64_t freeBytes(const std::string&) override { return free; }
  Result<std::unique_ptr<embedded::DirectoryLock>> lock(const std::string& directory) override;

  /// Power goes at the n-th operation from now.
  void cutAfter(std::uint64_t operations);
  bool off() const { return off_.load(); }
  void powerOff() { off_ = true; }
  void restore(std::mt19937_64& dice);

  /// Asked before each operation; a nonzero errno fails it (a write then writes a half).
  std::function<int(Operation)> failure;
  std::uint64_t free = UINT64_MAX;

  // For the files it makes.
  int begin(Operation operation);
  std::mutex mutex;

 private:
  std::atomic<bool> off_{false};
  std::uint64_t left_ = UINT64_MAX;
  std::map<std::string, std::shared_ptr<Inode>> names_;
  std::map<std::string, std::shared_ptr<Inode>> durableNames_;
};

/// RocksDB's files in memory, of which unsynced ends are lost.
class PowerEnv {
 public:
  explicit PowerEnv(PowerFiles& power);
  ~PowerEnv();
  rocksdb::Env* env() { return env_.get(); }
  void restore(std::mt19937_64& dice);
  void wipe();

 private:
  class Files;
  class Environment;
  std::unique_ptr<rocksdb::Env> memory_;
  std::shared_ptr<Files> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace cairn::blocks::test
