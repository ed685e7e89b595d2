// A holder that no commit waits for: it is brought to the newest roots some time later, and how far it is behind is
// known and bounded (docs/decisions/0028-following.md).
//
// Contract. flipped() is told of every root that this master made current. For each bucket the newest is held, from the
// one held before; those in between are skipped, for the newest has all that is still in the bucket. A holder that
// fails is asked again, more and more seldom; nothing is forgotten meanwhile. A master that starts tells of each
// bucket's root, in case the process before it had yet to follow it. lag() says how many flips, and since when, wait to
// be followed. admit() is for a commit, before it does anything: within the bounds it returns at once; past them it
// waits for the holder, and if that does not help soon the commit is let go on (slow) or refused with Errc::unavailable
// and the reason (stop). Thread-safe. What runs keeps this alive; the clock outlives it.
#pragma once

#include <map>
#include <mutex>

#include "daemon/pinning/gate.h"
#include "daemon/pinning/holder.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

struct FollowRule {
  std::uint64_t mostRoots = 1000;
  Duration mostAge = std::chrono::seconds(60);
  bool stops = false;  ///< past a bound writes are refused; else they are slowed down
};

struct FollowLag {
  std::uint64_t roots = 0;
  Duration age{};       ///< of the oldest flip that is not followed
  std::string trouble;  ///< why the holder did not follow when it was last asked; empty: it did
};

class Follower : public std::enable_shared_from_this<Follower> {
 public:
  /// What follows runs on strands of `executor`: that of the holder's connections, so that both end together.
  Follower(std::shared_ptr<Holder> holder, FollowRule rule, Clock& clock, net::any_io_executor executor);

  MasterId id() const { return holder_->id(); }
  const FollowRule& rule() const { return rule_; }
  /// `earlier`: roots of the bucket before, newest first, of which the holder may have one; for the first call.
  void flipped(const BucketId& bucket, const Cid& root, std::vector<Cid> earlier = {});
  FollowLag lag() const;
  /// Which bound is passed, for people; empty: none.
  std::string pastBound() const;
  Task<Status> admit();

 private:
  struct Trail {
    std::optional<Cid> held, newest;
    std::vector<Cid> earlier;  ///< while nothing is held
    std::uint64_t roots = 0;   ///< flips up to `newest` that are not followed
    Duration since{};          ///< the first of them was then or later
    bool running = false;
  };
  struct Step {
    Cid root;
    Origin origin;
    std::uint64_t roots = 0;
  };
  Task<void> follow(BucketId bucket);
  std::optional<Step> next(const BucketId& bucket);
  void ended(const BucketId& bucket, const Step& step, Duration begun, const Status& status);

  std::shared_ptr<Holder> holder_;
  const FollowRule rule_;
  Clock& clock_;
  const net::any_io_executor executor_;
  Gate gate_;
  mutable std::mutex mutex_;
  std::map<BucketId, Trail> trails_;  // guarded by mutex_; of buckets that were told of
  std::string trouble_;               // guarded by mutex_
};

}  // namespace cairn::pinning
