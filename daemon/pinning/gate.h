// Lets a few in at a time.
//
// Contract: thread-safe. Each enter() that returned is followed by one leave(). Who waits is let in in the order of
// coming. A waiter must not be destroyed.
#pragma once

#include <deque>
#include <mutex>
#include <optional>

#include "daemon/rt/async.h"

namespace cairn::pinning {

class Gate {
 public:
  explicit Gate(std::size_t atOnce) : free_(atOnce) {}

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
  std::size_t free_;
  std::deque<OneShot<bool>> waiting_;
};

}  // namespace cairn::pinning
