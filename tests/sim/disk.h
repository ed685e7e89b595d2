// A node's disk, and the block store over it.
//
// Contract: Disk is what survives a crash of its node: blocks that were synced, and marks. SimStore implements
// blocks::Store for one process: put is visible at once; sync takes virtual time and may fail, which poisons the store;
// what it did not cover is lost in a crash, all or in part. Marks survive a crash or are forgotten. A mark on a block
// that is not durable, or whose links are not all marked, is a violation ("marks").
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "daemon/blocks/store.h"
#include "tests/sim/process.h"

namespace cairn::sim {

struct Disk {
  std::unordered_map<Cid, blocks::BlockData> blocks;
  std::unordered_set<Cid> complete;
  /// Closures that a checker walked here before; they stay, for nothing is deleted.
  std::unordered_set<Cid> walked;
  std::optional<Micros> wipedAt;

  void wipe(Micros now);
  /// Whether everything that `root` reaches is durably here; else the first CID that is not.
  std::optional<Cid> lacks(const Cid& root);
};

struct DiskFaults {
  double syncFails = 0;
  Micros slowest = 2000;  ///< of a sync
  double tears = 0.5;     ///< that a crash keeps some of what was not synced
  double forgets = 0.2;   ///< that a crash forgets marks
};

class SimStore final : public blocks::Store {
 public:
  SimStore(Process& process, Disk& disk, const DiskFaults& faults) : process_(process), disk_(disk), faults_(faults) {}
  /// What the power cut leaves. The process is dead already.
  void cutPower();
  bool poisoned() const { return poisoned_; }

  Task<Status> put(std::vector<blocks::Block> blocks) override;
  Task<Status> sync() override;
  Task<Result<blocks::BlockData>> get(Cid cid) override;
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override;
  std::vector<bool> complete(std::span<const Cid> cids) override;
  void markComplete(std::span<const Cid> cids) override;
  blocks::Stats stats() override { return {}; }

 private:
  Task<void> pause(Micros most);
  bool has(const Cid& cid) const { return unsynced_.contains(cid) || disk_.blocks.contains(cid); }
  void synced(std::uint64_t upTo, const Call<Status>& call);

  Process& process_;
  Disk& disk_;
  const DiskFaults& faults_;
  std::unordered_map<Cid, blocks::BlockData> unsynced_;
  std::deque<std::pair<std::uint64_t, Cid>> order_;  ///< of unsynced_
  std::uint64_t puts_ = 0;
  bool poisoned_ = false;
};

}  // namespace cairn::sim
