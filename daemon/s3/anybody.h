// Requests without credentials, which anybody can send: how many look something up in the registry at a time, and
// whether this master has seen anything opened to them.
//
// Contract: thread-safe; outlives the requests. enter() gives a place for one look-up, at the latest when those before
// it gave theirs back, in the order of asking; null when kMostWaiting wait already. Of kMostAtOnce places none is ever
// held while its holder waits for a client. opened() is true once saw() was given a bucket's policy that is not empty;
// while it is false, nothing that this master knows of is opened, and who has no credentials is denied as he always
// was, also where the registry cannot be asked.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "daemon/rt/async.h"

namespace cairn::s3 {

class Anybody {
 public:
  static constexpr std::size_t kMostAtOnce = 32, kMostWaiting = 1024;
  /// Its end gives the place back.
  using Place = std::shared_ptr<void>;

  Task<Place> enter();
  void saw(const std::string& policy) {
    if (!policy.empty()) opened_ = true;
  }
  bool opened() const { return opened_; }

 private:
  void leave();

  std::atomic<bool> opened_{false};
  std::mutex mutex_;
  std::size_t inside_ = 0;             // guarded by mutex_
  std::deque<OneShot<bool>> waiting_;  // guarded by mutex_; each is given the place of one who leaves
};

}  // namespace cairn::s3
