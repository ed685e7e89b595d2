#include "tests/sim/disk.h"

#include "common/cid/links.h"

namespace cairn::sim {

void Disk::wipe(Micros now) {
  blocks.clear();
  complete.clear();
  walked.clear();
  wipedAt = now;
}

std::optional<Cid> Disk::lacks(const Cid& root) {
  std::vector<Cid> todo{root}, seen;
  while (!todo.empty()) {
    Cid cid = todo.back();
    todo.pop_back();
    if (walked.contains(cid)) continue;
    auto block = blocks.find(cid);
    if (block == blocks.end()) return cid;
    seen.push_back(cid);
    auto s = forEachLink(cid.codec(), block->second.view(), [&](const Cid& link) { todo.push_back(link); });
    if (!s) return cid;
  }
  walked.insert(seen.begin(), seen.end());
  return std::nullopt;
}

Task<void> SimStore::pause(Micros most) {
  if (process_.dead() || !process_.world.rng.chance(0.3)) co_return;
  Call<bool> call(process_, false);
  process_.world.after(process_.world.rng.between(1, most), [call] { call.answer(true); });
  co_await call.wait();
}

Task<Status> SimStore::put(std::vector<blocks::Block> blocks) {
  co_await pause(300);
  if (process_.dead() || poisoned_) co_return fail(Errc::io, "the block store is poisoned");
  for (blocks::Block& b : blocks) {
    if (has(b.cid)) continue;
    order_.emplace_back(++puts_, b.cid);
    unsynced_.emplace(b.cid, blocks::BlockData::copy(b.data.view()));
  }
  co_return Status{};
}

Task<Status> SimStore::sync() {
  Status refused = fail(Errc::io, "the block store is poisoned");
  if (process_.dead() || poisoned_) co_return refused;
  Call<Status> call(process_, refused);
  process_.world.after(process_.world.rng.between(50, faults_.slowest),
                       [this, call, upTo = puts_, life = process_.weak_from_this()] {
                         if (auto p = life.lock(); p && !p->dead()) synced(upTo, call);
                       });
  co_return co_await call.wait();
}

void SimStore::synced(std::uint64_t upTo, const Call<Status>& call) {
  Rng& rng = process_.world.rng;
  if (!poisoned_ && rng.chance(faults_.syncFails)) {
    process_.trace("sync fails; the store is poisoned");
    poisoned_ = true;
  }
  if (poisoned_) {
    call.answer(fail(Errc::io, "a sync failed; the block store is poisoned"));
    return;
  }
  for (; !order_.empty() && order_.front().first <= upTo; order_.pop_front()) {
    auto block = unsynced_.extract(order_.front().second);
    disk_.blocks.emplace(block.key(), std::move(block.mapped()));
  }
  call.answer(Status{});
}

void SimStore::cutPower() {
  Rng& rng = process_.world.rng;
  if (rng.chance(faults_.tears))
    for (const auto& [at, cid] : order_)
      if (rng.chance(0.5)) disk_.blocks.emplace(cid, unsynced_.at(cid));
  if (rng.chance(faults_.forgets)) {
    double share = rng.chance(0.5) ? 1.0 : 0.3;
    std::vector<Cid> marks(disk_.complete.begin(), disk_.complete.end());
    std::sort(marks.begin(), marks.end());  // so that chance falls on the same ones in every run
    for (const Cid& cid : marks)
      if (rng.chance(share)) disk_.complete.erase(cid);
  }
}

Task<Result<blocks::BlockData>> SimStore::get(Cid cid) {
  co_await pause(200);
  if (process_.dead()) co_return fail(Errc::io, "the process is dead");
  if (auto fresh = unsynced_.find(cid); fresh != unsynced_.end()) co_return fresh->second;
  if (auto found = disk_.blocks.find(cid); found != disk_.blocks.end()) co_return found->second;
  co_return fail(Errc::not_found, "no block " + cid.str());
}

Task<Result<std::vector<Cid>>> SimStore::missing(std::vector<Cid> cids) {
  co_await pause(200);
  if (process_.dead()) co_return fail(Errc::io, "the process is dead");
  std::erase_if(cids, [this](const Cid& c) { return has(c); });
  co_return cids;
}

std::vector<bool> SimStore::complete(std::span<const Cid> cids) {
  std::vector<bool> out;
  for (const Cid& cid : cids) out.push_back(disk_.complete.contains(cid));
  return out;
}

void SimStore::markComplete(std::span<const Cid> cids) {
  if (process_.dead()) return;
  for (const Cid& cid : cids) {
    if (disk_.lacks(cid))
      process_.world.fail("marks", process_.name + " marks " + cid.str() + " complete, which it is not");
    disk_.complete.insert(cid);
  }
}

}  // namespace cairn::sim
