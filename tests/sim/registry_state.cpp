#include "tests/sim/registry.h"

namespace cairn::sim {

using registry::FlipStatus;

registry::RootRow RegistryState::read(const BucketId& bucket) const {
  auto found = pointers_.find(bucket);
  if (found == pointers_.end()) return {};
  registry::RootRow row = found->second.row;
  if (found->second.turnUntil < world_.now()) row.turn = {};
  return row;
}

bool RegistryState::live(const MasterId& master, Epoch epoch) const {
  auto found = masters_.find(master);
  return found != masters_.end() && found->second.epoch == epoch && !found->second.fenced;
}

registry::FlipResult RegistryState::flip(const registry::FlipRequest& request, bool epochChecked) {
  if (!epochChecked && !live(request.master, request.epoch))
    return {FlipStatus::fenced, read(request.bucket), request.master.get() + " is fenced"};
  registry::RootRow now = read(request.bucket);
  if (now.version != request.expectedVersion || now.root != request.expectedRoot)
    return {FlipStatus::lost, now, "the row is not as expected"};
  registry::HistoryRow row;
  row.bucket = request.bucket;
  row.version = Version(now.version.get() + 1);
  row.root = request.nextRoot;
  row.previousRoot = now.root;
  row.commit = request.commit;
  row.master = request.master;
  row.epoch = request.epoch;
  row.holders = request.holders;
  row.operations = request.operations;
  row.attempts = request.attempt;
  row.at = clock();
  Pointer& pointer = pointers_[request.bucket];
  pointer.row.root = request.nextRoot;
  pointer.row.version = row.version;
  pointer.row.updatedAt = row.at;
  passTurn(pointer, request.master);
  pointer.history.emplace(row.version.get(), row);
  world_.trace("reg", request.bucket.name.get() + " v" + std::to_string(row.version.get()) + " by " +
                          request.master.get() + " epoch " + std::to_string(request.epoch.get()) + " commit " +
                          request.commit.hex().substr(0, 8));
  observer_.flipped(request, row);
  return {FlipStatus::won, read(request.bucket), {}};
}

void RegistryState::passTurn(Pointer& pointer, const MasterId& master) {
  if (pointer.row.turn == master) {
    pointer.row.turn = pointer.nextUntil > world_.now() ? pointer.next : MasterId();
    pointer.turnUntil = world_.now() + pointer.turnTakes;
    pointer.next = {};
  } else if (pointer.next == master) {
    pointer.next = {};
  }
}

MasterId RegistryState::takeTurn(const BucketId& bucket, const MasterId& master, std::uint32_t milliseconds) {
  auto found = pointers_.find(bucket);
  if (found == pointers_.end()) return master;
  Pointer& pointer = found->second;
  if (milliseconds == 0) {
    passTurn(pointer, master);
    return read(bucket).turn;
  }
  const Micros now = world_.now();
  MasterId whose = read(bucket).turn;
  pointer.turnTakes = milliseconds * 1000;
  if (whose.get().empty() || whose == master) {
    pointer.row.turn = whose = master;
    pointer.turnUntil = now + pointer.turnTakes;
  } else if (pointer.next.get().empty() || pointer.nextUntil <= now) {
    pointer.next = master;
    pointer.nextUntil = now + 2 * pointer.turnTakes;
  }
  return whose;
}

registry::Master RegistryState::start(registry::Master master) {
  registry::Master& row = masters_[master.id];
  if (!row.fenced) {
    master.epoch = Epoch(row.epoch.get() + 1);
    row = std::move(master);
    observer_.epochStarted(row.id, row.epoch, false);
  }
  return row;
}

Epoch RegistryState::fence(const MasterId& master) {
  registry::Master& row = masters_[master];
  row.id = master;
  row.epoch = Epoch(row.epoch.get() + 1);
  row.fenced = true;
  observer_.epochStarted(master, row.epoch, true);
  return row.epoch;
}

void RegistryState::thin(Micros olderThan) {
  std::int64_t limit = clock().get() - olderThan / 1000;
  for (auto& [bucket, pointer] : pointers_)
    std::erase_if(pointer.history, [&](const auto& item) {
      return item.second.at.get() < limit && item.first != pointer.row.version.get() && world_.rng.chance(0.5);
    });
}

}  // namespace cairn::sim
