#include "daemon/s3/anybody.h"

namespace cairn::s3 {

Task<Anybody::Place> Anybody::enter() {
  OneShot<bool> turn;
  {
    std::lock_guard lock(mutex_);
    if (inside_ < kMostAtOnce) {
      ++inside_;
      turn.set(true);
    } else if (waiting_.size() < kMostWaiting) {
      waiting_.push_back(turn);
    } else {
      co_return nullptr;
    }
  }
  co_await turn.wait();
  co_return Place(this, [](void* self) { static_cast<Anybody*>(self)->leave(); });
}

void Anybody::leave() {
  std::unique_lock lock(mutex_);
  if (waiting_.empty()) {
    --inside_;
    return;
  }
  const OneShot<bool> next = std::move(waiting_.front());
  waiting_.pop_front();
  lock.unlock();
  next.set(true);
}

}  // namespace cairn::s3
