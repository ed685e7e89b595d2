// The CIDs that were last noted, as many as fit.
//
// Contract: thread-safe; constant time, about 150 bytes each. The oldest go first.
#pragma once

#include <deque>
#include <mutex>
#include <unordered_set>

#include "common/cid/cid.h"

namespace cairn::pinning {

class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}

  bool contains(const Cid& cid) const {
    std::lock_guard lock(mutex_);
    return known_.contains(cid);
  }
  void note(const Cid& cid) {
    std::lock_guard lock(mutex_);
    if (!known_.insert(cid).second) return;
    order_.push_back(cid);
    if (order_.size() <= most_) return;
    known_.erase(order_.front());
    order_.pop_front();
  }
  void clear() {
    std::lock_guard lock(mutex_);
    known_.clear();
    order_.clear();
  }

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_set<Cid> known_;
  std::deque<Cid> order_;
};

}  // namespace cairn::pinning
