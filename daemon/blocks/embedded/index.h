// Where blocks lie and which are complete: a RocksDB that can be lost, since the segments have it all but the marks.
//
// Contract: lookups from any thread; apply() and flush() from one thread at a time. Nothing is synced on its own: after
// a crash the index is as of some earlier apply(), whole (entries and Meta of one apply() stand or fall together, and
// applies are kept in order). The caller applies only what is durable in the segments. A lookup takes 1-5 us from
// memory and reads one page of the index where that is not cached.
#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/blocks/embedded/record.h"

namespace cairn::blocks::embedded {

struct IndexEntry {
  Location at;
  std::uint8_t mark = 0;  ///< generation of the complete mark; 0: none. It counts if it is Meta::generation.
};

struct IndexMeta {
  StoreId store{};
  LogPosition position;  ///< all records before it are in the index
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint8_t generation = 1;  ///< complete marks of other generations are void; 0: all are
};

/// After the last one there is none until all marks are swept from the index: an old mark must never count again.
inline std::uint8_t generationAfter(std::uint8_t generation) {
  return generation == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(generation + 1);
}

struct IndexWrite {
  Cid cid;
  IndexEntry entry;
};

class Index {
 public:
  /// Creates it if missing. Errc::corrupt when RocksDB cannot open it.
  static Result<std::unique_ptr<Index>> open(const std::string& path, std::uint64_t cacheBytes, rocksdb::Env* env);
  static void destroy(const std::string& path, rocksdb::Env* env);

  /// nullopt in a new index; Errc::newer_version when a newer Cairn wrote it.
  Result<std::optional<IndexMeta>> meta();

  /// False when absent.
  Result<bool> find(const Cid& cid, IndexEntry& out);
  /// Same order; nullopt where absent.
  Result<std::vector<std::optional<IndexEntry>>> findAll(std::span<const Cid> cids);
  Status forEach(const std::function<void(const Cid&, const IndexEntry&)>& visit);

  /// Takes one entry out; from any thread.
  Status erase(const Cid& cid);
  Status apply(std::span<const IndexWrite> writes, const IndexMeta& meta);
  /// Makes what was applied durable; with `wait` false in the background.
  Status flush(bool wait);
  /// Whether a background failure (a full disk, say) could be left behind.
  Status resume();
  std::uint64_t diskBytes();

 private:
  explicit Index(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace cairn::blocks::embedded
