#include "daemon/pinning/follower.h"

#include <algorithm>

#include "daemon/rt/log.h"

namespace cairn::pinning {
namespace {

/// Flips that come within this go in one step.
constexpr Duration kGather = std::chrono::milliseconds(250);
constexpr Duration kMostPause = std::chrono::seconds(10);
/// Buckets brought along at a time.
constexpr std::size_t kAtOnce = 8;
/// How long a commit past a bound waits for the holder, and how often it looks.
constexpr Duration kPatience = std::chrono::seconds(1);
constexpr Duration kLook = std::chrono::milliseconds(20);

std::string tenths(Duration d) {
  const auto n = d.count() / 100'000;
  return std::to_string(n / 10) + "." + std::to_string(n % 10);
}

}  // namespace

Follower::Follower(std::shared_ptr<Holder> holder, FollowRule rule, Clock& clock, net::any_io_executor executor)
    : holder_(std::move(holder)), rule_(rule), clock_(clock), executor_(std::move(executor)), gate_(kAtOnce) {}

void Follower::flipped(const BucketId& bucket, const Cid& root, std::vector<Cid> earlier) {
  {
    std::lock_guard lock(mutex_);
    Trail& trail = trails_[bucket];
    if (!earlier.empty()) trail.earlier = std::move(earlier);
    trail.newest = root;
    if (trail.roots++ == 0) trail.since = clock_.steady();
    if (std::exchange(trail.running, true)) return;
  }
  auto go = [](std::shared_ptr<Follower> self, BucketId b) -> Task<void> { co_await self->follow(std::move(b)); };
  spawn(net::make_strand(executor_), go(shared_from_this(), bucket));
}

Task<void> Follower::follow(BucketId bucket) {
  for (Duration pause = kGather;;) {
    co_await clock_.sleep(pause);
    co_await gate_.enter();
    auto step = next(bucket);
    if (!step) {
      gate_.leave();
      co_return;
    }
    const Duration begun = clock_.steady();
    auto answer = co_await holder_->hold(step->root, step->origin, {});
    gate_.leave();
    Status status = answer ? Status() : Status(answer.error());
    if (answer && !answer->complete) status = fail(Errc::unavailable, "it lacks blocks");
    ended(bucket, *step, begun, status);
    pause = status ? kGather : std::min(2 * pause, kMostPause);
  }
}

/// What there is to do for the bucket; nullopt: nothing, and whoever flips next starts anew.
std::optional<Follower::Step> Follower::next(const BucketId& bucket) {
  std::lock_guard lock(mutex_);
  Trail& trail = trails_[bucket];
  trail.running = trail.roots > 0;
  if (!trail.running) return std::nullopt;
  return Step{*trail.newest, {trail.held, {}, trail.earlier}, trail.roots};
}

void Follower::ended(const BucketId& bucket, const Step& step, Duration begun, const Status& status) {
  std::lock_guard lock(mutex_);
  const std::string trouble = status ? std::string() : status.error().message;
  if (trouble_.empty() && !trouble.empty())
    log::warning("pinning", "does not follow", {{"holder", holder_->id().get()}, {"reason", trouble}});
  if (!trouble_.empty() && trouble.empty()) log::info("pinning", "follows again", {{"holder", holder_->id().get()}});
  trouble_ = trouble;
  if (!status) return;
  Trail& trail = trails_[bucket];
  trail.held = step.root;
  trail.earlier.clear();
  trail.roots -= step.roots;
  trail.since = begun;
}

FollowLag Follower::lag() const {
  FollowLag out;
  const Duration now = clock_.steady();
  std::lock_guard lock(mutex_);
  for (const auto& [bucket, trail] : trails_) {
    if (trail.roots == 0) continue;
    out.roots += trail.roots;
    out.age = std::max(out.age, now - trail.since);
  }
  out.trouble = trouble_;
  return out;
}

std::string Follower::pastBound() const {
  const FollowLag now = lag();
  if (now.roots <= rule_.mostRoots && now.age <= rule_.mostAge) return {};
  return holder_->id().get() + " is " + std::to_string(now.roots) + " roots and " + tenths(now.age) +
         " s behind; at most " + std::to_string(rule_.mostRoots) + " and " + tenths(rule_.mostAge) + " s are allowed" +
         (now.trouble.empty() ? "" : ": " + now.trouble);
}

Task<Status> Follower::admit() {
  const Duration begun = clock_.steady();
  for (;;) {
    const std::string reason = pastBound();
    if (reason.empty()) co_return Status{};
    if (clock_.steady() - begun >= kPatience)
      co_return rule_.stops ? Status(fail(Errc::unavailable, reason)) : Status{};
    co_await clock_.sleep(kLook);
  }
}

}  // namespace cairn::pinning
