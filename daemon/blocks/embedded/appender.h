// The one writer of a store: puts in the order they come, and syncs that all waiters share.
//
// Contract: thread-safe. put() answers when its blocks are in the segment file (not yet durable) and in Recent, without
// poisoning for want of space: then none of its blocks counts as put. sync() answers when everything that was put
// before the call is durable; callers that come while the disk is syncing share the next sync. After any other failed
// write, or a failed sync, the store is poisoned: put() and sync() answer Errc::io from then on. Its two threads end
// with stop().
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "daemon/blocks/embedded/indexer.h"
#include "daemon/blocks/embedded/segments.h"
#include "daemon/rt/async.h"
#include "daemon/rt/metrics.h"

namespace cairn::blocks::embedded {

class Appender {
 public:
  /// `hasRoom` says whether so many bytes may be written; `stored` is told of every block that was.
  struct Hooks {
    std::function<bool(std::uint64_t)> hasRoom;
    std::function<void(const AppendItem&)> stored;
  };
  Appender(Segments& segments, Recent& recent, Indexer& indexer, Hooks hooks);
  ~Appender();

  /// With `durably` it answers after the sync that covers the items.
  Task<Status> put(std::vector<AppendItem> items, bool durably);
  Task<Status> sync();
  /// Begins a new segment unless the present one is empty: what was put before the call is then in closed ones.
  Task<Status> roll();
  bool poisoned() const { return poisoned_.load(std::memory_order_acquire); }
  Status refusal();
  LogPosition durable();
  void stop();

 private:
  struct PutRequest {
    std::vector<AppendItem> items;
    std::uint64_t bytes = 0;
    bool durably = false;
    OneShot<Status> done;
    bool roll = false;  ///< nothing to write: the segment is to be closed
  };
  bool joins(const std::deque<PutRequest>& batch, std::uint64_t bytes) const;
  void write();
  void answer(std::deque<PutRequest>& batch, const Status& status);
  Status writeBatch(std::deque<PutRequest>& batch);
  Status makeRoom(std::uint64_t bytes);
  Status closeSegment();
  void recordWritten(std::span<const AppendItem> items);
  void syncLoop();
  Status syncOnce();
  void publishDurable(LogPosition upTo);
  Error poison(std::string why);

  Segments& segments_;
  Recent& recent_;
  Indexer& indexer_;
  Hooks hooks_;
  std::atomic<bool> poisoned_{false};

  std::mutex writeMutex_;  // held while writing; with it free, the segments' end is what was written

  std::mutex mutex_;  // guards what follows
  std::condition_variable wakeWriter_;
  std::condition_variable wakeSyncer_;
  std::deque<PutRequest> queue_;
  std::vector<OneShot<Status>> waiters_;
  std::deque<DurableRecord> unsynced_;
  LogPosition written_;
  LogPosition durable_;
  std::string poisonedBy_;
  bool stopping_ = false;
  bool writerEnded_ = false;  ///< the writer has ended: no more waiters come from there

  prometheus::Histogram& syncSeconds_;
  prometheus::Histogram& syncWaiters_;
  prometheus::Counter& putBytes_;
  std::thread writer_;
  std::thread syncer_;
};

}  // namespace cairn::blocks::embedded
