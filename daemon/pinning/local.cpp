#include "daemon/pinning/local.h"

#include <algorithm>
#include <unordered_set>

#include "daemon/pinning/plant.h"

namespace cairn::pinning {
namespace {

Task<void> keep(blocks::Store& store, std::vector<blocks::Block> blocks, bool durably, OneShot<Status> done) {
  done.set(durably ? co_await store.putDurably(std::move(blocks)) : co_await store.put(std::move(blocks)));
}

}  // namespace

/// What `root` reaches here. With its base complete, a look at what was added to it is enough.
Task<Result<Closure>> LocalHolder::reach(Cid root, const Origin& origin, const Fresh& fresh) {
  if (origin.added && fresh.contains(root) && isComplete(origin.base)) {
    auto found = co_await closure(store_, *origin.added, fresh);
    if (found && found->missing.empty()) {
      std::unordered_set<Cid> listed(found->present.begin(), found->present.end());
      for (const auto& [cid, data] : fresh)
        if (!listed.contains(cid)) found->present.push_back(cid);
      co_return std::move(found);
    }
  }
  co_return co_await closure(store_, {root}, fresh);
}

bool LocalHolder::isComplete(const std::optional<Cid>& base) {
  return !base || store_.complete(std::span(&*base, 1)).front();
}

// Writing and, where the root comes along and so will hardly lack anything, syncing go on while the walk looks what the
// root reaches. What the walk found that the sync may not cover is synced again: another's put may have come between.
Task<Result<HoldAnswer>> LocalHolder::hold(Cid root, Origin origin, std::vector<blocks::Block> blocks) {
  Fresh fresh;
  for (const blocks::Block& b : blocks) fresh.emplace(b.cid, b.data);
  const bool durably = fresh.contains(root);
  OneShot<Status> kept;
  spawn(co_await net::this_coro::executor, keep(store_, std::move(blocks), durably, kept));
  Result<Closure> walked = Closure{};
  if (!planted(Plant::delta_counts_as_complete)) walked = co_await reach(root, origin, fresh);
  Status durable = co_await kept.wait();
  if (!walked) co_return walked.error();
  if (!durable) co_return durable.error();
  bool covered = durably && std::all_of(walked->present.begin(), walked->present.end(),
                                        [&fresh](const Cid& cid) { return fresh.contains(cid); });
  if (!covered && (walked->missing.empty() || !walked->present.empty()))
    if (auto s = co_await store_.sync(); !s) co_return s.error();
  // Also when something is missing: whole subtrees are marked as they arrive, or catching up would walk them again for
  // every batch.
  store_.markComplete(walked->present);
  co_return HoldAnswer{walked->missing.empty(), std::move(walked->missing)};
}

Task<Status> LocalHolder::store(std::vector<blocks::Block> blocks) {
  co_return co_await store_.put(std::move(blocks));
}

Task<Result<blocks::BlockData>> LocalHolder::fetch(Cid cid) {
  co_return co_await store_.get(cid);
}

}  // namespace cairn::pinning
