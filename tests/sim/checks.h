// What must hold at every flip, and of the disks at any time.
//
// Contract: knows nothing of the daemon's code nor of any particular bug. At the moment of effect of each flip: "chain"
// (it continues the pointer as it stood), "fence" (its epoch is the live one), "pins" (each holder that it names has
// everything that the new root reaches durably on its disk, and a root that was not there before has at least `needed`
// of them). A holder whose disk was lost a moment ago is let off. survives(): everything that the current roots reach
// is durable on a disk other than `without`.
#pragma once

#include "tests/sim/disk.h"
#include "tests/sim/registry.h"

namespace cairn::sim {

class Checks final : public Observer {
 public:
  Checks(World& world, std::vector<MasterId> ids, std::vector<Disk>& disks, std::size_t needed)
      : world_(world), ids_(std::move(ids)), disks_(disks), needed_(needed) {}

  void flipped(const registry::FlipRequest& request, const registry::HistoryRow& row) override;
  void epochStarted(const MasterId& master, Epoch epoch, bool fenced) override;
  void survives(std::optional<std::size_t> without);
  std::uint64_t flips() const { return flips_; }

 private:
  void checkPins(const registry::HistoryRow& row);
  const blocks::BlockData* durable(const Cid& cid, std::optional<std::size_t> without) const;

  World& world_;
  std::vector<MasterId> ids_;
  std::vector<Disk>& disks_;
  std::size_t needed_;
  std::map<BucketId, registry::HistoryRow> last_;
  std::map<MasterId, std::pair<Epoch, bool>> epochs_;
  std::uint64_t flips_ = 0;
};

}  // namespace cairn::sim
