#include "daemon/pinning/quorum.h"

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "daemon/pinning/plant.h"
#include "daemon/rt/log.h"

namespace cairn::pinning {
namespace {

constexpr std::size_t kMostBehind = 16;
/// Most bytes of one request to a holder; more goes in several.
constexpr std::size_t kBatchBytes = 4U << 20;
/// Bodies sent ahead: many uploads at once must fit in memory, so batches are small and few go to one holder at a time.
constexpr std::size_t kOfferBytes = 1U << 20;
constexpr std::size_t kOffersAtOnce = 4;

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

/// Lets kOffersAtOnce in at a time.
class Gate {
 public:
  Task<void> enter() {
    OneShot<bool> turn;
    {
      std::lock_guard lock(mutex_);
      if (free_ > 0) {
        --free_;
        co_return;
      }
      waiting_.push_back(turn);
    }
    co_await turn.wait();
  }
  void leave() {
    std::optional<OneShot<bool>> next;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        ++free_;
        return;
      }
      next = waiting_.front();
      waiting_.pop_front();
    }
    next->set(true);
  }

 private:
  std::mutex mutex_;
  std::size_t free_ = kOffersAtOnce;
  std::deque<OneShot<bool>> waiting_;
};

}  // namespace

struct Quorum::Shared {
  std::shared_ptr<Holder> local;
  blocks::Store& store;
  std::vector<std::shared_ptr<Holder>> others;
  QuorumRule rule;
  Fetcher fetcher;
  std::mutex mutex;
  std::vector<std::size_t> running;  ///< pushes under way, by holder
  std::deque<Gate> gates;            ///< of offers, by holder: a slow one must not hold up another
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

Quorum::Quorum(std::shared_ptr<Holder> local, blocks::Store& store, std::vector<std::shared_ptr<Holder>> others,
               QuorumRule rule)
    : shared_(new Shared{std::move(local), store, others, rule, Fetcher(store, others), {}, {}, {}}) {
  shared_->running.resize(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) shared_->gates.emplace_back();
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

  auto here = co_await completeHere(shared, root, base, std::move(blocks), false);
  bool reached = co_await round->decided.wait();
  if (!here) co_return fail(here.error().code, shared->local->id().get() + " (this node): " + here.error().message);
  std::lock_guard lock(round->mutex);
  if (!reached)
    co_return fail(Errc::unavailable, "pin quorum not met: " + std::to_string(round->complete.size()) + " of " +
                                          std::to_string(round->needed) + " other holders complete (" +
                                          round->failures + ")");
  std::vector<MasterId> complete{shared->local->id()};
  complete.insert(complete.end(), round->complete.begin(), round->complete.end());
  co_return complete;
}

Task<Status> Quorum::completeHere(std::shared_ptr<Shared> shared, Cid root, std::optional<Cid> base,
                                  std::vector<blocks::Block> blocks, bool patient) {
  for (;;) {
    auto answer = co_await shared->local->hold(root, base, std::move(blocks));
    blocks.clear();
    if (!answer) co_return answer.error();
    if (answer->complete) co_return Status{};
    if (!patient && answer->missing.size() >= kMostMissing)
      co_return fail(Errc::unavailable, "it is still catching up with the bucket; try again later");
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
  auto more = co_await readBatch(shared->fetcher, round.content, next);
  if (!more) co_return more.error();
  std::move(more->begin(), more->end(), std::back_inserter(blocks));
  std::unordered_set<Cid> sent;
  for (;;) {
    auto answer = co_await holder.hold(round.root, round.base, std::move(blocks));
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
  Status status;
  for (std::size_t next = 0; status && next < round->content.size();) {
    co_await shared->gates[which].enter();
    auto batch = co_await readBatch(shared->store, round->content, next, kOfferBytes);
    status = batch ? co_await shared->others[which]->store(std::move(*batch)) : Status(batch.error());
    shared->gates[which].leave();
  }
  round->ended(shared->others[which]->id(), status);  // a failure is no error: hold() will say what is missing
}

Task<void> Quorum::offer(std::vector<Cid> content) {
  auto shared = shared_;
  auto round = std::make_shared<Round>();
  round->content = std::move(content);
  round->needed = std::min(shared->rule.needed, shared->others.size());
  round->pending = shared->others.size();
  if (round->needed == 0) round->decided.set(true);
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i = 0; i < shared->others.size(); ++i) spawn(executor, offerTo(shared, i, round));
  (void)co_await round->decided.wait();  // with the quorum served the rest goes on in the background
}

Task<Status> Quorum::catchUp(Cid root) {
  co_return co_await completeHere(shared_, root, std::nullopt, {}, true);
}

}  // namespace cairn::pinning
