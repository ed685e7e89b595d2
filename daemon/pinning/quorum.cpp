#include "daemon/pinning/quorum_state.h"

namespace cairn::pinning {
namespace {

/// After this the reserve is asked, too.
constexpr Duration kPatience = std::chrono::milliseconds(50);

}  // namespace

Quorum::Quorum(std::shared_ptr<Holder> local, blocks::Store& store, std::vector<std::shared_ptr<Holder>> others,
               QuorumRule rule, Clock* clock)
    : shared_(new Shared{std::move(local), store, rule, clock, Fetcher(store, others, clock), {}, {}, {}}) {
  CAIRN_ASSERT(rule.trailing + rule.required <= others.size() && (rule.trailing == 0 || clock != nullptr));
  for (std::size_t i = 0; i < others.size(); ++i) {
    Lane& lane = shared_->lanes.emplace_back();
    lane.holder = others[i];
    lane.required = i >= others.size() - rule.required;
    lane.trails = !lane.required && i >= others.size() - rule.required - rule.trailing;
  }
}

Quorum::~Quorum() = default;

Task<Result<std::vector<MasterId>>> Quorum::hold(BucketId bucket, Cid root, Origin origin,
                                                 std::vector<blocks::Block> blocks, std::vector<Cid> content) {
  auto shared = shared_;
  if (shared->follower)
    if (auto s = co_await shared->follower->admit(); !s) co_return s.error();
  auto round = std::make_shared<Round>();
  round->root = root;
  round->origin.base = origin.base;
  round->blocks = blocks;
  round->content = std::move(content);
  round->needed = shared->rule.needed;
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i : choose(*shared, *round)) spawn(executor, push(shared, i, round));
  if (!round->reserve.empty() && round->needed > 0) spawn(executor, hedge(shared, round));

  auto here = co_await completeHere(shared, root, std::move(origin), std::move(blocks), false);
  bool reached = co_await round->decided.wait();
  if (!here) co_return fail(here.error().code, shared->local->id().get() + " (this node): " + here.error().message);
  std::lock_guard lock(round->mutex);
  if (!reached)
    co_return fail(Errc::unavailable, "pin quorum not met: " + std::to_string(round->counted) + " of " +
                                          std::to_string(round->needed) + " other holders complete (" +
                                          round->failures + ")");
  for (std::size_t i : std::exchange(round->reserve, {})) later(shared, executor, i, bucket, root);
  std::vector<MasterId> complete{shared->local->id()};
  complete.insert(complete.end(), round->complete.begin(), round->complete.end());
  co_return complete;
}

void Quorum::follow(std::shared_ptr<Follower> follower) {
  shared_->follower = std::move(follower);
}

void Quorum::flipped(const BucketId& bucket, const Cid& root) {
  if (shared_->follower) shared_->follower->flipped(bucket, root);
}

/// The lanes to push to at once; those that can wait are the round's reserve.
std::vector<std::size_t> Quorum::choose(Shared& shared, Round& round) {
  std::size_t sound = 0;
  std::vector<std::size_t> required;
  {
    std::lock_guard lock(shared.mutex);
    for (std::size_t i = 0; i < shared.lanes.size(); ++i) {
      Lane& lane = shared.lanes[i];
      if (lane.required) {
        required.push_back(i);
      } else if (lane.trails && sound >= round.needed) {
        round.reserve.push_back(i);
      } else {
        sound += lane.failing || lane.running >= kMostBehind ? 0 : 1;
        round.pending.push_back(i);
      }
    }
  }
  std::lock_guard lock(round.mutex);
  round.required = required.size();
  (void)round.decide();  // with nobody to ask, or nobody needed; whom it calls is pending
  required.insert(required.end(), round.pending.begin(), round.pending.end());
  return required;
}

/// Asks the reserve as well when the others take long.
Task<void> Quorum::hedge(std::shared_ptr<Shared> shared, std::weak_ptr<Round> waiting) {
  co_await shared->clock->sleep(kPatience);
  auto round = waiting.lock();
  if (!round) co_return;
  std::vector<std::size_t> more, slow;
  {
    std::lock_guard lock(round->mutex);
    if (round->counted >= round->needed) co_return;
    slow = round->pending;
    more = round->callReserve();
  }
  {
    std::lock_guard lock(shared->mutex);
    for (std::size_t i : slow) shared->lanes[i].failing = true;
  }
  auto executor = co_await net::this_coro::executor;
  for (std::size_t i : more) spawn(executor, push(shared, i, round));
}

/// Has lane `which` told of `root` some time soon, in one go with what comes until then.
void Quorum::later(const std::shared_ptr<Shared>& shared, const net::any_io_executor& executor, std::size_t which,
                   const BucketId& bucket, const Cid& root) {
  {
    std::lock_guard lock(shared->mutex);
    Lane& lane = shared->lanes[which];
    lane.late.insert_or_assign(bucket, root);
    if (std::exchange(lane.following, true)) return;
  }
  spawn(executor, follow(shared, which));
}

Task<Status> Quorum::completeHere(std::shared_ptr<Shared> shared, Cid root, Origin origin,
                                  std::vector<blocks::Block> blocks, bool patient) {
  for (;;) {
    auto answer = co_await shared->local->hold(root, origin, std::move(blocks));
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

Task<Status> Quorum::catchUp(BucketId bucket, Cid root, std::vector<Cid> earlier) {
  Status status = co_await completeHere(shared_, root, {}, {}, true);
  // What the last process had yet to tell them is told them now.
  if (status && shared_->follower) shared_->follower->flipped(bucket, root, std::move(earlier));
  if (status && shared_->clock != nullptr)
    for (std::size_t i = 0; i < shared_->lanes.size(); ++i)
      if (shared_->lanes[i].trails) later(shared_, co_await net::this_coro::executor, i, bucket, root);
  co_return status;
}

}  // namespace cairn::pinning
