// Sending one holder what it lacks.
#include <unordered_set>

#include "daemon/pinning/quorum_state.h"

namespace cairn::pinning {
namespace {

constexpr Duration kTrail = std::chrono::milliseconds(100);
/// Most bytes of one request to a holder; more goes in several.
constexpr std::size_t kBatchBytes = 4U << 20;
/// Bodies sent ahead: many uploads at once must fit in memory, so batches are small and few go to one holder at a time.
constexpr std::size_t kOfferBytes = 1U << 20;

/// `from` is a Store, or a Source that can fetch what is not here yet.
template <class From>
Task<Result<std::vector<blocks::Block>>> readBatch(From& from, const std::vector<Cid>& cids, std::size_t& next,
                                                   std::size_t most = kBatchBytes) {
  std::vector<blocks::Block> batch;
  for (std::size_t bytes = 0; next < cids.size() && bytes < most; ++next) {
    auto data = co_await from.get(cids[next]);
    if (!data) co_return data.error();
    bytes += data->size();
    batch.push_back({cids[next], std::move(*data)});
  }
  co_return batch;
}

}  // namespace

Task<void> Quorum::follow(std::shared_ptr<Shared> shared, std::size_t which) {
  Lane& lane = shared->lanes[which];
  for (;;) {
    co_await shared->clock->sleep(kTrail);
    std::map<BucketId, Cid> roots;
    {
      std::lock_guard lock(shared->mutex);
      roots.swap(lane.late);
      if (roots.empty()) {
        lane.following = false;
        co_return;
      }
    }
    for (const auto& [bucket, root] : roots) {
      Round round;
      round.root = root;
      Status status = co_await pushUntilComplete(shared, which, round);
      std::lock_guard lock(shared->mutex);
      lane.failing = !status;
    }
  }
}

Task<void> Quorum::push(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round) {
  Lane& lane = shared->lanes[which];
  bool behind = false;
  {
    std::lock_guard lock(shared->mutex);
    behind = !lane.required && lane.running >= kMostBehind;  // each commit waits for the end of a required push
    if (!behind) ++lane.running;
  }
  Status status = fail(Errc::unavailable, "too far behind");
  if (!behind) {
    status = co_await pushUntilComplete(shared, which, *round);
    std::lock_guard lock(shared->mutex);
    --lane.running;
    lane.failing = !status;
  }
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i : round->ended(which, lane.holder->id(), lane.required, status))
    spawn(executor, push(shared, i, round));
}

/// Sends all but the last kBatchBytes of `blocks`, which are left to go with the hold.
Task<Status> Quorum::sendAhead(Holder& holder, std::vector<blocks::Block>& blocks) {
  std::vector<blocks::Block> batch;
  std::size_t bytes = 0;
  for (blocks::Block& b : std::exchange(blocks, {})) {
    if (bytes >= kBatchBytes) {
      if (auto s = co_await holder.store(std::exchange(batch, {})); !s) co_return s;
      bytes = 0;
    }
    bytes += b.data.size();
    batch.push_back(std::move(b));
  }
  blocks = std::move(batch);
  co_return Status{};
}

Task<Status> Quorum::pushUntilComplete(std::shared_ptr<Shared> shared, std::size_t which, const Round& round) {
  Holder& holder = *shared->lanes[which].holder;
  std::vector<blocks::Block> blocks = round.blocks;
  if (auto s = co_await sendAhead(holder, blocks); !s) co_return s;
  std::size_t next = 0;
  auto more = co_await readBatch(shared->fetcher, round.content, next);
  if (!more) co_return more.error();
  std::move(more->begin(), more->end(), std::back_inserter(blocks));
  std::unordered_set<Cid> sent;
  for (;;) {
    auto answer = co_await holder.hold(round.root, round.origin, std::move(blocks));
    blocks.clear();
    if (!answer) co_return answer.error();
    if (answer->complete) co_return Status{};
    for (const Cid& cid : answer->missing)
      if (!sent.insert(cid).second) co_return fail(Errc::unavailable, "it goes on missing what was sent");
    const std::vector<Cid> previous = std::move(answer->missing);
    next = 0;
    while (next < previous.size()) {
      auto batch = co_await readBatch(shared->fetcher, previous, next);
      if (!batch) co_return batch.error();
      if (next == previous.size()) {
        blocks = std::move(*batch);
      } else if (auto s = co_await holder.store(std::move(*batch)); !s) {
        co_return s;
      }
    }
  }
}

Task<void> Quorum::offerTo(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round) {
  Lane& lane = shared->lanes[which];
  Status status;
  for (std::size_t next = 0; status && next < round->content.size();) {
    co_await lane.gate.enter();
    auto batch = co_await readBatch(shared->store, round->content, next, kOfferBytes);
    status = batch ? co_await lane.holder->store(std::move(*batch)) : Status(batch.error());
    lane.gate.leave();
  }
  (void)round->ended(which, lane.holder->id(), lane.required,
                     status);  // a failure is no error: hold() will say what is missing
}

Task<void> Quorum::offer(std::vector<Cid> content) {
  auto shared = shared_;
  auto round = std::make_shared<Round>();
  round->content = std::move(content);
  for (std::size_t i = 0; i < shared->lanes.size(); ++i)
    if (shared->lanes[i].required)
      ++round->required;
    else
      round->pending.push_back(i);
  round->needed = std::min(shared->rule.needed, round->pending.size());
  if (round->needed + round->required == 0) round->decided.set(true);
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i = 0; i < shared->lanes.size(); ++i) spawn(executor, offerTo(shared, i, round));
  (void)co_await round->decided.wait();  // with the quorum served the rest goes on in the background
}

}  // namespace cairn::pinning
