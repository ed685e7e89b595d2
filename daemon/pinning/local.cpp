#include "daemon/pinning/local.h"

#include "daemon/pinning/closure.h"
#include "daemon/pinning/plant.h"

namespace cairn::pinning {

Task<Result<HoldAnswer>> LocalHolder::hold(Cid root, std::optional<Cid>, std::vector<blocks::Block> blocks) {
  std::unordered_map<Cid, blocks::BlockData> fresh;
  for (const blocks::Block& b : blocks) fresh.emplace(b.cid, b.data);
  if (!blocks.empty())
    if (auto s = co_await store_.put(std::move(blocks)); !s) co_return s.error();
  Closure walked;
  if (!planted(Plant::delta_counts_as_complete)) {
    auto result = co_await closure(store_, root, fresh);
    if (!result) co_return result.error();
    walked = std::move(*result);
    if (!walked.missing.empty()) {
      // Whole subtrees are marked as they arrive, or catching up would walk them again for every batch.
      if (!walked.present.empty()) {
        if (auto s = co_await store_.sync(); !s) co_return s.error();
        store_.markComplete(walked.present);
      }
      co_return HoldAnswer{false, std::move(walked.missing)};
    }
  }
  if (auto s = co_await store_.sync(); !s) co_return s.error();
  store_.markComplete(walked.present);
  co_return HoldAnswer{true, {}};
}

Task<Status> LocalHolder::store(std::vector<blocks::Block> blocks) {
  co_return co_await store_.put(std::move(blocks));
}

Task<Result<blocks::BlockData>> LocalHolder::fetch(Cid cid) {
  co_return co_await store_.get(cid);
}

}  // namespace cairn::pinning
