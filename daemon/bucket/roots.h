// The current root of each bucket, as the registry has it: reads coalesced, versions watched.
//
// Contract: thread-safe. current() gives a row that was current at some moment after the call: callers that arrive
// while a read is under way share the next one, so however many ask, at most two reads of a bucket are in flight. A
// registry whose version of a bucket goes backwards (restored from a backup, a lost failover) halts this process's
// writes: halted() says why, and current() answers Errc::corrupt from then on.
#pragma once

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "daemon/bucket/root.h"
#include "daemon/registry/registry.h"

namespace cairn::bucket {

class Roots {
 public:
  Roots(registry::Registry& registry, blocks::Source& blocks) : registry_(registry), blocks_(blocks) {}

  Task<Result<registry::RootRow>> current(BucketId bucket);
  /// A row learnt otherwise (from a flip).
  void learnt(const BucketId& bucket, const registry::RootRow& row);
  /// The root block of `cid`, from a small cache or the block store.
  Task<Result<RootBlock>> block(Cid cid);
  std::optional<std::string> halted() const;

 private:
  struct Batch;
  /// Those who wait for the next read; without any the bucket is idle. The mutex is held.
  std::shared_ptr<Batch> takeNext(const BucketId& bucket);
  Task<Result<registry::RootRow>> readAndCheck(BucketId bucket);

  registry::Registry& registry_;
  blocks::Source& blocks_;
  mutable std::mutex mutex_;
  std::unordered_map<BucketId, std::shared_ptr<Batch>> next_;  ///< the read that has not started yet
  std::unordered_set<BucketId> busy_;                          ///< a read is under way
  std::unordered_map<BucketId, Version> highest_;
  std::unordered_map<Cid, RootBlock> blocksByCid_;
  std::string halted_;
};

}  // namespace cairn::bucket
