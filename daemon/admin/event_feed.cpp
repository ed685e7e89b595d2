#include "daemon/admin/event_feed.h"

#include <algorithm>

#include "daemon/registry/news.h"
#include "daemon/rt/log.h"

namespace cairn::admin {

EventFeed::EventFeed(registry::Registry& registry, Clock& clock, FeedTiming timing)
    : registry_(registry), clock_(clock), timing_(timing) {}

EventFeed::Listener::~Listener() {
  if (feed_) feed_->leave();
}

Task<Result<std::vector<registry::Event>>> EventFeed::Listener::next(std::uint64_t after) {
  return feed_->next(after);
}

Task<Result<EventFeed::Listener>> EventFeed::listen() {
  bool start = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) co_return fail(Errc::cancelled, "this master is stopping");
    if (listeners_ >= mostListeners)
      co_return fail(Errc::unavailable, "too many listen to events already; ask another master");
    ++listeners_;
    start = !std::exchange(polling_, true);
  }
  if (start) {
    auto self = shared_from_this();
    spawn(co_await net::this_coro::executor, poll(std::move(self)));
  }
  co_return Listener(shared_from_this());
}

void EventFeed::leave() {
  std::lock_guard lock(mutex_);
  --listeners_;
}

void EventFeed::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wakeAll();
}

void EventFeed::wakeAll() {
  std::vector<OneShot<bool>> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const auto& one : waiting) one.set(true);
}

bool EventFeed::keepPolling() {
  std::lock_guard lock(mutex_);
  if (!stopped_ && listeners_ > 0) return true;
  polling_ = ringKnown_ = false;
  ring_.clear();
  return false;
}

Task<void> EventFeed::poll(std::shared_ptr<EventFeed> self) {
  Duration lastBeat = self->clock_.steady();
  bool healthy = true;
  registry::News* const news = registry::newsOf(self->registry_);
  std::uint64_t heard = 0;
  while (self->keepPolling()) {
    const Duration began = self->clock_.steady();
    const Status polled = co_await self->pollOnce();
    if (!polled && std::exchange(healthy, false))
      log::warning("admin", "events cannot be read; subscribers wait", {{"error", polled.error().message}});
    if (polled) healthy = true;
    if (self->clock_.steady() - lastBeat >= self->timing_.beatEvery) {
      lastBeat = self->clock_.steady();
      self->wakeAll();
    }
    Duration pause = self->timing_.pollEvery;
    if (news != nullptr) {
      heard =
          co_await news->heard(heard, std::chrono::duration_cast<std::chrono::milliseconds>(self->timing_.beatEvery));
      pause = self->timing_.restAtLeast - (self->clock_.steady() - began);
    }
    if (pause > Duration::zero()) co_await self->clock_.sleep(pause);
  }
  self->wakeAll();
}

/// Reads until there is nothing newer, so that a burst does not trickle at a batch each pause.
Task<Status> EventFeed::pollOnce() {
  bool known = false;
  std::uint64_t newest = 0;
  {
    std::lock_guard lock(mutex_);
    known = ringKnown_;
    newest = ring_.empty() ? ringFrom_ : ring_.back().sequence;
  }
  if (!known) {
    auto last = co_await registry_.lastEvent();
    if (!last) co_return last.error();
    newest = *last;
    std::lock_guard lock(mutex_);
    ringFrom_ = newest;
    ringKnown_ = true;
  }
  if (!known) wakeAll();  // whoever waits may be behind what was there before the poller
  for (;;) {
    auto events = co_await registry_.events(newest, batch);
    if (!events) co_return events.error();
    if (events->empty()) co_return Status();
    newest = events->back().sequence;
    const bool full = events->size() == batch;
    take(std::move(*events));
    wakeAll();
    if (!full) co_return Status();
  }
}

void EventFeed::take(Events events) {
  std::lock_guard lock(mutex_);
  std::move(events.begin(), events.end(), std::back_inserter(ring_));
  while (ring_.size() > ringSize) {
    ringFrom_ = ring_.front().sequence;
    ring_.pop_front();
  }
}

Task<Result<EventFeed::Events>> EventFeed::next(std::uint64_t after) {
  OneShot<bool> woken;
  bool readBack = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) co_return fail(Errc::cancelled, "this master is stopping");
    if (ringKnown_ && after >= ringFrom_) {
      auto from = std::upper_bound(ring_.begin(), ring_.end(), after,
                                   [](std::uint64_t n, const registry::Event& e) { return n < e.sequence; });
      const auto many = std::min<std::ptrdiff_t>(ring_.end() - from, static_cast<std::ptrdiff_t>(batch));
      if (many > 0) co_return Events(from, from + many);
    } else {
      readBack = ringKnown_;
    }
    if (!readBack) waiting_.push_back(woken);
  }
  if (readBack) co_return co_await registry_.events(after, batch);
  co_await woken.wait();
  co_return Events();
}

}  // namespace cairn::admin
