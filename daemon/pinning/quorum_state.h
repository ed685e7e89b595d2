// What a quorum knows of its holders and of the pushes under way; private to quorum.cpp and pushes.cpp.
//
// Contract: thread-safe as noted at each member; no lock is held while suspended.
#pragma once

#include <algorithm>
#include <deque>

#include "daemon/pinning/quorum.h"

namespace cairn::pinning {

constexpr std::size_t kOffersAtOnce = 4;
/// Pushes to one holder at a time, whoever started them.
constexpr std::size_t kMostBehind = 16;

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

/// What is known of one other holder. All but `holder`, `gate` and `trails` is guarded by Shared::mutex.
struct Quorum::Lane {
  std::shared_ptr<Holder> holder;
  Gate gate;  ///< of offers: a slow holder must not hold up another
  bool trails = false;
  std::size_t running = 0;       ///< pushes under way
  bool failing = false;          ///< its last push failed, or took so long that others were asked
  std::map<BucketId, Cid> late;  ///< the newest roots that it still has to be told of
  bool following = false;
};

struct Quorum::Shared {
  std::shared_ptr<Holder> local;
  blocks::Store& store;
  QuorumRule rule;
  Clock* clock;
  Fetcher fetcher;
  std::deque<Lane> lanes;
  std::mutex mutex;
};

/// One commit's pushes. Ends for the waiting commit when `needed` are complete or too few can still be.
struct Quorum::Round {
  Cid root;
  Origin origin;
  std::vector<blocks::Block> blocks;
  std::vector<Cid> content;
  std::size_t needed = 0;
  std::mutex mutex;
  std::vector<std::size_t> pending;  ///< lanes
  std::vector<std::size_t> reserve;  ///< lanes to be asked only if the others do not answer well and soon
  std::vector<MasterId> complete;
  std::string failures;
  OneShot<bool> decided;

  /// The lanes to ask now that this one has answered.
  std::vector<std::size_t> ended(std::size_t lane, const MasterId& id, const Status& status) {
    std::lock_guard lock(mutex);
    std::erase(pending, lane);
    if (status)
      complete.push_back(id);
    else
      failures += (failures.empty() ? "" : "; ") + id.get() + ": " + status.error().message;
    return decide();
  }
  std::vector<std::size_t> decide() {
    if (complete.size() >= needed) {
      decided.set(true);
    } else if (complete.size() + pending.size() < needed) {
      if (reserve.empty()) decided.set(false);
      return callReserve();
    }
    return {};
  }
  std::vector<std::size_t> callReserve() {
    pending.insert(pending.end(), reserve.begin(), reserve.end());
    return std::exchange(reserve, {});
  }
};

}  // namespace cairn::pinning
