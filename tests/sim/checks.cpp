#include "tests/sim/checks.h"

#include <algorithm>
#include <set>

#include "common/cid/links.h"

namespace cairn::sim {
namespace {

/// Longer than any flip is under way.
constexpr Micros kJustLost = 6'000'000;

std::string named(const registry::HistoryRow& row) {
  return row.bucket.name.get() + " v" + std::to_string(row.version.get()) + " by " + row.master.get() + " epoch " +
         std::to_string(row.epoch.get());
}

}  // namespace

void Checks::epochStarted(const MasterId& master, Epoch epoch, bool fenced) {
  world_.trace("reg", master.get() + (fenced ? " is fenced, epoch " : " starts epoch ") + std::to_string(epoch.get()));
  epochs_[master] = {epoch, fenced};
}

void Checks::flipped(const registry::FlipRequest& request, const registry::HistoryRow& row) {
  ++flips_;
  registry::HistoryRow& last = last_[row.bucket];
  if (row.version.get() != last.version.get() + 1 || row.previousRoot != last.root ||
      request.expectedVersion != last.version || request.expectedRoot != last.root)
    world_.fail("chain", named(row) + " does not continue v" + std::to_string(last.version.get()));
  auto [epoch, fenced] = epochs_[row.master];
  if (row.epoch != epoch || fenced)
    world_.fail("fence", named(row) + " took effect though epoch " + std::to_string(epoch.get()) +
                             (fenced ? " is fenced" : " is live"));
  if (row.root) checkPins(row);
  last = row;
}

void Checks::checkPins(const registry::HistoryRow& row) {
  std::set<MasterId> distinct(row.holders.begin(), row.holders.end());
  if (distinct.size() < needed_ && row.root != row.previousRoot)
    world_.fail("pins",
                named(row) + " names " + std::to_string(distinct.size()) + " holders of " + std::to_string(needed_));
  for (const MasterId& id : distinct) {
    auto node = static_cast<std::size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
    Disk& disk = disks_.at(node);
    if (disk.wipedAt && world_.now() - *disk.wipedAt < kJustLost) continue;
    if (auto missing = disk.lacks(*row.root))
      world_.fail("pins", named(row) + " names " + id.get() + " complete, where " + missing->str() + " is not durable");
  }
}

const blocks::BlockData* Checks::durable(const Cid& cid, std::optional<std::size_t> without) const {
  for (std::size_t i = 0; i < disks_.size(); ++i) {
    if (i == without) continue;
    auto found = disks_[i].blocks.find(cid);
    if (found != disks_[i].blocks.end()) return &found->second;
  }
  return nullptr;
}

void Checks::survives(std::optional<std::size_t> without) {
  std::unordered_set<Cid> seen;
  std::vector<Cid> todo;
  for (const auto& [bucket, row] : last_)
    if (row.root) todo.push_back(*row.root);
  while (!todo.empty()) {
    Cid cid = todo.back();
    todo.pop_back();
    if (!seen.insert(cid).second) continue;
    const blocks::BlockData* block = durable(cid, without);
    if (!block) {
      world_.fail("durability", cid.str() + ", which a current root reaches, is on no disk" +
                                    (without ? " but " + ids_[*without].get() + "'s" : ""));
      return;
    }
    (void)forEachLink(cid.codec(), block->view(), [&](const Cid& link) { todo.push_back(link); });
  }
}

}  // namespace cairn::sim
