// The registry's events, read once for all who listen.
//
// Contract: thread-safe; shared ownership, for its poller outlives whoever started it by one pause. While anybody
// listens, one poller asks the registry every pollEvery, or where the engine gives
// word (registry/news.h) on that and every beatEvery, and keeps the newest ringSize events. A Listener's next(after)
// gives events with sequence > after, ascending, from memory or, further back, from the registry; it waits when there
// are none and comes back empty after `beatEvery` at the latest. Nothing is queued for anybody: a slow listener costs
// nothing and misses nothing, it only reads later. After stop() every next() answers Errc::cancelled. Errors: those of
// Registry::events.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::admin {

struct FeedTiming {
  Duration pollEvery = std::chrono::milliseconds(200);
  Duration beatEvery = std::chrono::seconds(3);
  Duration restAtLeast = std::chrono::milliseconds(50);  ///< from one look to the next, however much word there is
};

class EventFeed : public std::enable_shared_from_this<EventFeed> {
 public:
  static constexpr std::size_t ringSize = 4096;
  static constexpr std::size_t batch = 500;

  EventFeed(registry::Registry& registry, Clock& clock, FeedTiming timing = {});

  /// Counts as somebody who listens while it lives.
  class Listener {
   public:
    explicit Listener(std::shared_ptr<EventFeed> feed) : feed_(std::move(feed)) {}
    Listener(Listener&& other) = default;
    Listener& operator=(Listener&&) = delete;
    ~Listener();
    Task<Result<std::vector<registry::Event>>> next(std::uint64_t after);

   private:
    std::shared_ptr<EventFeed> feed_;
  };
  /// Errc::unavailable when too many listen already, Errc::cancelled after stop().
  Task<Result<Listener>> listen();
  void stop();

 private:
  static constexpr std::size_t mostListeners = 256;
  using Events = std::vector<registry::Event>;

  static Task<void> poll(std::shared_ptr<EventFeed> self);
  Task<Status> pollOnce();
  void take(Events events);
  void wakeAll();
  bool keepPolling();
  Task<Result<Events>> next(std::uint64_t after);
  void leave();

  registry::Registry& registry_;
  Clock& clock_;
  const FeedTiming timing_;
  std::mutex mutex_;
  // Guarded by mutex_.
  bool stopped_ = false, polling_ = false, ringKnown_ = false;
  std::size_t listeners_ = 0;
  std::deque<registry::Event> ring_;  ///< every event with sequence > ringFrom_
  std::uint64_t ringFrom_ = 0;
  std::vector<OneShot<bool>> waiting_;
};

}  // namespace cairn::admin
