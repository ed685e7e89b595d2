// What the store keeps in memory beside the index: blocks not yet in it, and CIDs known to be complete.
//
// Contract: both are thread-safe and never block for long. KnownComplete forgets as it likes, and never says yes to a
// CID that was not inserted since the last clear(). Recent forgets nothing.
#pragma once

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "daemon/blocks/embedded/record.h"

namespace cairn::blocks::embedded {

struct RecentEntry {
  Location at;
  bool complete = false;
};

class Recent {
 public:
  std::optional<RecentEntry> find(const Cid& cid) const;
  void insert(const Cid& cid, const Location& at);
  /// False when it is not here.
  bool setComplete(const Cid& cid);
  /// Takes the entry out if it still is what the index was given.
  bool eraseIf(const Cid& cid, const RecentEntry& written);
  void erase(const Cid& cid);
  void clearMarks();
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<Cid, RecentEntry> entries;
  };
  const Shard& shard(const Cid& cid) const { return shards_[cid.digest()[9] % shards_.size()]; }
  Shard& shard(const Cid& cid) { return shards_[cid.digest()[9] % shards_.size()]; }

  std::array<Shard, 32> shards_;
  std::atomic<std::size_t> size_{0};
};

/// A four-way set-associative table of digests, 32 bytes each; a set keeps what was asked for last.
class KnownComplete {
 public:
  explicit KnownComplete(std::size_t capacity);

  void insert(const Cid& cid);
  /// Sets out[i] for the ones it knows and leaves the others; returns how many it set.
  std::size_t lookup(std::span<const Cid> cids, std::vector<bool>& out);
  void clear();

 private:
  static constexpr std::size_t ways = 4;
  using Key = std::array<std::uint64_t, 4>;
  struct Set {
    Key way[ways];
  };
  struct alignas(64) Lock {
    mutable std::mutex mutex;
  };
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };

  static Key keyOf(const Cid& cid);
  std::size_t indexOf(const Key& key) const { return key[0] & mask_; }
  std::mutex& lockOf(std::size_t set) const { return locks_[set % locks_.size()].mutex; }

  std::size_t mask_;
  std::unique_ptr<Set[], Free> sets_;  // zeroed by the kernel page by page, so that it costs what it holds
  std::array<Lock, 64> locks_;
};

}  // namespace cairn::blocks::embedded
