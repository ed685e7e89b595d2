#include "daemon/blocks/embedded/appender.h"

#include <cerrno>
#include <chrono>
#include <unordered_set>

#include "daemon/rt/log.h"

namespace cairn::blocks::embedded {

namespace {
// One write call takes at most about this much, because a sync waits for the write under way.
constexpr std::uint64_t batchBytes = 2 << 20;
}  // namespace

Appender::Appender(Segments& segments, Recent& recent, Indexer& indexer, Hooks hooks)
    : segments_(segments),
      recent_(recent),
      indexer_(indexer),
      hooks_(std::move(hooks)),
      written_(segments.end()),
      durable_(segments.end()),
      syncSeconds_(metrics::latency("cairn_blocks_sync_seconds", "Time of one sync of the segment file")),
      syncWaiters_(metrics::sizes("cairn_blocks_sync_waiters", "Callers that shared one sync")),
      putBytes_(metrics::counter("cairn_blocks_put_bytes_total", "Bytes of blocks written, without framing")),
      writer_([this] { write(); }),
      syncer_([this] { syncLoop(); }) {}

Appender::~Appender() {
  stop();
}

void Appender::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wakeWriter_.notify_one();
  }
  if (writer_.joinable()) writer_.join();
  {
    std::lock_guard lock(mutex_);
    writerEnded_ = true;
    wakeSyncer_.notify_one();
  }
  if (syncer_.joinable()) syncer_.join();
}

Task<Status> Appender::put(std::vector<AppendItem> items, bool durably) {
  PutRequest request{std::move(items), 0, durably, {}, false};
  for (const AppendItem& item : request.items) request.bytes += recordHeaderSize + item.data.size() + recordAlignment;
  OneShot<Status> done = request.done;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(request));
    wakeWriter_.notify_one();
  }
  co_return co_await done.wait();
}

Task<Status> Appender::sync() {
  OneShot<Status> done;
  {
    std::lock_guard lock(mutex_);
    if (poisoned()) co_return fail(Errc::io, poisonedBy_);
    if (durable_ >= written_) co_return Status{};
    waiters_.push_back(done);
    wakeSyncer_.notify_one();
  }
  co_return co_await done.wait();
}

Task<Status> Appender::roll() {
  OneShot<Status> done;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back({{}, 0, false, done, true});
    wakeWriter_.notify_one();
  }
  co_return co_await done.wait();
}

Status Appender::refusal() {
  if (!poisoned()) return {};
  std::lock_guard lock(mutex_);
  return fail(Errc::io, poisonedBy_);
}

LogPosition Appender::durable() {
  std::lock_guard lock(mutex_);
  return durable_;
}

Error Appender::poison(std::string why) {
  std::lock_guard lock(mutex_);
  if (!poisoned_.exchange(true)) {
    poisonedBy_ = "the block store takes no more writes until it is restarted: " + why;
    log::error("blocks", "block store poisoned", {{"error", why}});
  }
  return fail(Errc::io, poisonedBy_);
}

void Appender::write() {
  while (true) {
    std::deque<PutRequest> batch;
    {
      std::unique_lock lock(mutex_);
      wakeWriter_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::uint64_t bytes = 0;
      while (!queue_.empty() && joins(batch, bytes)) {
        bytes += queue_.front().bytes;
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    const Status status = writeBatch(batch);
    answer(batch, status);
  }
}

/// Whether the next request may be written in one go with `batch`.
bool Appender::joins(const std::deque<PutRequest>& batch, std::uint64_t bytes) const {
  if (batch.empty()) return true;
  return !batch.back().roll && !queue_.front().roll && bytes + queue_.front().bytes <= batchBytes;
}

void Appender::answer(std::deque<PutRequest>& batch, const Status& status) {
  std::vector<OneShot<Status>> durable;
  for (PutRequest& request : batch) {
    if (status && request.durably)
      durable.push_back(std::move(request.done));
    else
      request.done.set(status);
  }
  if (durable.empty()) return;
  std::lock_guard lock(mutex_);
  std::move(durable.begin(), durable.end(), std::back_inserter(waiters_));
  wakeSyncer_.notify_one();
}

Status Appender::writeBatch(std::deque<PutRequest>& batch) {
  if (auto refused = refusal(); !refused) return refused;
  if (batch.front().roll) {
    std::lock_guard writing(writeMutex_);
    return segments_.end().offset > segmentHeaderSize ? closeSegment() : Status{};
  }
  std::vector<AppendItem> items;
  std::unordered_set<Cid> inBatch;
  std::uint64_t bytes = 0;
  for (PutRequest& request : batch)
    for (AppendItem& item : request.items) {
      // Another put may have brought it while this one waited.
      if (recent_.find(item.cid) || !inBatch.insert(item.cid).second) continue;
      bytes += recordHeaderSize + item.data.size() + recordAlignment;
      items.push_back(std::move(item));
    }
  if (items.empty()) return {};
  if (!hooks_.hasRoom(bytes))
    return fail(Errc::no_space,
                "the block store's disk has less free than the configured reserve; add space or lower the reserve");
  std::lock_guard writing(writeMutex_);
  if (auto room = makeRoom(bytes); !room) return room;
  {
    std::lock_guard lock(mutex_);
    segments_.setDurable(durable_);
  }
  if (int error = segments_.append(items)) {
    const std::string what = describe("write", segments_.find(segments_.end().segment)->path, error);
    if (error == ENOSPC) return fail(Errc::no_space, what);
    return poison(what);
  }
  recordWritten(items);
  return {};
}

Status Appender::makeRoom(std::uint64_t bytes) {
  return segments_.full(bytes) ? closeSegment() : Status{};
}

Status Appender::closeSegment() {
  // Whatever the next segment follows is durable to its end, so only the last one can have a torn tail.
  const auto segment = segments_.markSync();
  const LogPosition end = segments_.end();
  if (int error = segment->file->sync()) return poison(describe("sync", segment->path, error));
  publishDurable(end);
  if (int error = segments_.roll()) {
    const std::string what = describe("begin the segment after", segment->path, error);
    if (error == ENOSPC) return fail(Errc::no_space, what);
    return poison(what);
  }
  std::lock_guard lock(mutex_);
  written_ = durable_ = segments_.end();
  return {};
}

void Appender::recordWritten(std::span<const AppendItem> items) {
  std::uint64_t bytes = 0;
  {
    std::lock_guard lock(mutex_);
    for (const AppendItem& item : items) unsynced_.push_back({item.cid, item.at});
    written_ = segments_.end();
  }
  for (const AppendItem& item : items) {
    recent_.insert(item.cid, item.at);
    hooks_.stored(item);
    bytes += item.data.size();
  }
  putBytes_.Increment(static_cast<double>(bytes));
}

void Appender::syncLoop() {
  while (true) {
    std::vector<OneShot<Status>> waiters;
    {
      std::unique_lock lock(mutex_);
      wakeSyncer_.wait(lock, [this] { return writerEnded_ || !waiters_.empty(); });
      if (waiters_.empty()) return;
      waiters.swap(waiters_);
    }
    const Status status = syncOnce();
    syncWaiters_.Observe(static_cast<double>(waiters.size()));
    for (const auto& waiter : waiters) waiter.set(status);
  }
}

Status Appender::syncOnce() {
  std::shared_ptr<Segment> segment;
  LogPosition target;
  {
    std::lock_guard writing(writeMutex_);
    if (auto refused = refusal(); !refused) return refused;
    target = segments_.end();
    segment = segments_.markSync();
  }
  const auto start = std::chrono::steady_clock::now();
  if (int error = segment->file->sync()) return poison(describe("sync", segment->path, error));
  syncSeconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  publishDurable(target);
  return {};
}

void Appender::publishDurable(LogPosition upTo) {
  std::vector<DurableRecord> records;
  std::lock_guard lock(mutex_);
  durable_ = std::max(durable_, upTo);
  while (!unsynced_.empty()) {
    const Location& at = unsynced_.front().at;
    if (LogPosition{at.segment, at.offset} >= upTo) break;
    records.push_back(unsynced_.front());
    unsynced_.pop_front();
  }
  indexer_.durable(std::move(records));  // under the lock, so that it hears in the order of the log
}

}  // namespace cairn::blocks::embedded
