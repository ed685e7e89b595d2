#include "daemon/pinning/quorum.h"

#include <algorithm>

#include "daemon/pinning/plant.h"
#include "daemon/rt/log.h"

namespace cairn::pinning {
namespace {

constexpr std::size_t kMostBehind = 16;
/// Most bytes of one request to a holder; more goes in several.
constexpr std::size_t kBatchBytes = 4U << 20;

Task<Result<std::vector<blocks::Block>>> readBatch(blocks::Store& store, const std::vector<Cid>& cids, std::size_t& next) {
  std::vector<blocks::Block> batch;
  for (std::size_t bytes = 0; next < cids.size() && bytes < kBatchBytes; ++next) {
    auto data = co_await store.get(cids[next]);
    if (!data) co_return data.error();
    bytes += data->size();
    batch.push_back({cids[next], std::move(*data)});
  }
  co_return batch;
}

}  // namespace

struct Quorum::Shared {
  std::shared_ptr<Holder> local;
  blocks::Store& store;
  std::vector<std::shared_ptr<Holder>> others;
  QuorumRule rule;
  Fetcher fetcher;
  std::mutex mutex;
  std::vector<std::size_t> running;  ///< pushes under way, by holder
};

/// One commit's pushes. Ends for the waiting commit when `needed` are complete or too few can still be.
struct Quorum::Round {
  Cid root;
  std::optional<Cid> base;
  std::vector<blocks::Block> blocks;
  std::vector<Cid> content;
  std::size_t needed = 0;
  std::mutex mutex;
  std::size_t pending = 0;
  std::vector<MasterId> complete;
  std::string failures;
  OneShot<bool> decided;

  void ended(const MasterId& id, const Status& status) {
    std::lock_guard lock(mutex);
    --pending;
    if (status)
      complete.push_back(id);
    else
      failures += (failures.empty() ? "" : "; ") + id.get() + ": " + status.error().message;
    if (complete.size() >= needed)
      decided.set(true);
    else if (complete.size() + pending < needed)
      decided.set(false);
  }
};

Quorum::Quorum(std::shared_ptr<Holder> local, blocks::Store& store, std::vector<std::shared_ptr<Holder>> others, QuorumRule rule)
    : shared_(new Shared{std::move(local), store, others, rule, Fetcher(store, others), {}, {}}) {
  shared_->running.resize(others.size());
}

Quorum::~Quorum() = default;

Task<Result<std::vector<MasterId>>> Quorum::hold(Cid root, std::optional<Cid> base, std::vector<blocks::Block> blocks,
                                                 std::vector<Cid> content) {
  auto shared = shared_;
  auto round = std::make_shared<Round>();
  round->root = root;
  round->base = base;
  round->blocks = blocks;
  round->content = std::move(content);
  round->needed = shared->rule.needed;
  std::vector<std::size_t> targets;
  {
    std::lock_guard lock(shared->mutex);
    for (std::size_t i = 0; i < shared->others.size(); ++i) {
      if (shared->running[i] >= kMostBehind) {
        round->failures += shared->others[i]->id().get() + ": too far behind; ";
        continue;
      }
      ++shared->running[i];
      targets.push_back(i);
    }
  }
  round->pending = targets.size();
  if (targets.size() < round->needed) round->decided.set(false);
  if (round->needed == 0) round->decided.set(true);
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i : targets) spawn(executor, push(shared, i, round));

  auto here = co_await completeHere(shared, root, base, std::move(blocks));
  bool reached = co_await round->decided.wait();
  if (!here) co_return fail(here.error().code, shared->local->id().get() + " (this node): " + here.error().message);
  std::lock_guard lock(round->mutex);
  if (!reached)
    co_return fail(Errc::unavailable, "pin quorum not met: " + std::to_string(round->complete.size()) + " of " +
                                          std::to_string(round->needed) + " other holders complete (" + round->failures + ")");
  std::vector<MasterId> complete{shared->local->id()};
  complete.insert(complete.end(), round->complete.begin(), round->complete.end());
  co_return complete;
}

Task<Status> Quorum::completeHere(std::shared_ptr<Shared> shared, Cid root, std::optional<Cid> base,
                                  std::vector<blocks::Block> blocks) {
  for (;;) {
    auto answer = co_await shared->local->hold(root, base, std::move(blocks));
    blocks.clear();
    if (!answer) co_return answer.error();
    if (answer->complete) co_return Status{};
    for (const Cid& cid : answer->missing) {
      auto got = co_await shared->fetcher.get(cid);  // which keeps it
      if (!got) co_return got.error();
    }
  }
}

Task<void> Quorum::push(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round) {
  Status status = co_await pushUntilComplete(shared, which, *round);
  {
    std::lock_guard lock(shared->mutex);
    --shared->running[which];
  }
  round->ended(shared->others[which]->id(), status);
}

Task<Status> Quorum::pushUntilComplete(std::shared_ptr<Shared> shared, std::size_t which, const Round& round) {
  Holder& holder = *shared->others[which];
  std::vector<blocks::Block> blocks = round.blocks;
  std::size_t next = 0;
  auto more = co_await readBatch(shared->store, round.content, next);
  if (!more) co_return more.error();
  std::move(more->begin(), more->end(), std::back_inserter(blocks));
  for (std::vector<Cid> previous;;) {
    auto answer = co_await holder.hold(round.root, round.base, std::move(blocks));
    blocks.clear();
    if (!answer) co_return answer.error();
    if (answer->complete) co_return Status{};
    if (answer->missing.empty() || answer->missing == previous)
      co_return fail(Errc::unavailable, "it goes on missing what was sent");
    previous = answer->missing;
    next = 0;
    while (next < previous.size()) {
      auto batch = co_await readBatch(shared->store, previous, next);
      if (!batch) co_return batch.error();
      if (next == previous.size()) {
        blocks = std::move(*batch);
      } else if (auto s = co_await holder.store(std::move(*batch)); !s) {
        co_return s;
      }
    }
  }
}

Task<void> Quorum::offer(std::vector<Cid> content) {
  auto shared = shared_;
  auto send = [](std::shared_ptr<Shared> to, std::shared_ptr<Holder> holder, std::vector<Cid> cids) -> Task<bool> {
    for (std::size_t next = 0; next < cids.size();) {
      auto batch = co_await readBatch(to->store, cids, next);
      if (!batch) co_return false;
      if (auto s = co_await holder->store(std::move(*batch)); !s) co_return false;  // hold() will say what is missing
    }
    co_return true;
  };
  std::vector<Task<bool>> sends;
  for (const auto& holder : shared->others) sends.push_back(send(shared, holder, content));
  co_await all(std::move(sends));
}

Task<Status> Quorum::catchUp(Cid root) { co_return co_await completeHere(shared_, root, std::nullopt, {}); }

}  // namespace cairn::pinning
