#include "daemon/blocks/embedded/indexer.h"

#include "daemon/rt/log.h"

namespace cairn::blocks::embedded {

namespace {
constexpr auto retryPause = std::chrono::seconds(1);
constexpr std::size_t batchSize = 8192;
constexpr std::uint64_t flushEntries = 100'000;
}  // namespace

Indexer::Indexer(Index& index, Recent& recent, IndexMeta meta, std::uint64_t replayBytes,
                 std::chrono::milliseconds pace)
    : index_(index),
      recent_(recent),
      meta_(meta),
      replayBytes_(replayBytes),
      pace_(pace),
      generation_(meta.generation),
      thread_([this] { run(); }) {}

Indexer::~Indexer() {
  stop();
}

void Indexer::durable(std::vector<DurableRecord> records) {
  std::lock_guard lock(mutex_);
  if (records_.empty())
    records_ = std::move(records);
  else
    records_.insert(records_.end(), records.begin(), records.end());
  if (records_.size() >= batchSize) wake_.notify_one();
}

void Indexer::mark(std::vector<Cid> cids) {
  std::vector<Cid> left;
  for (const Cid& cid : cids)
    if (!recent_.setComplete(cid)) left.push_back(cid);
  if (left.empty()) return;
  std::lock_guard lock(mutex_);
  marks_.insert(marks_.end(), left.begin(), left.end());
}

void Indexer::voidMarks() {
  std::lock_guard lock(mutex_);
  generation_.store(generationAfter(generation_.load()), std::memory_order_release);
  marks_.clear();
  generationDirty_ = true;
}

Status Indexer::writeOut() {
  std::future<Status> done;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return fail(Errc::cancelled, "the block index is being closed");
    done = writeOuts_.emplace_back().get_future();
    wake_.notify_one();
  }
  return done.get();
}

/// With `status` good, flushes first.
void Indexer::answerWriteOuts(Status status) {
  if (waiting_.empty()) return;
  if (status) status = index_.flush(true);
  for (auto& one : waiting_) one.set_value(status);
  waiting_.clear();
}

Status Indexer::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ && !thread_.joinable()) return last_;
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  return last_;
}

/// Waits until there is something to do, for a while.
void Indexer::take(Batch& batch) {
  std::unique_lock lock(mutex_);
  const auto due = [this] { return stopping_ || (!failing_ && (records_.size() >= batchSize || !writeOuts_.empty())); };
  wake_.wait_for(lock, failing_ ? std::chrono::milliseconds(retryPause) : pace_, due);
  batch.records.insert(batch.records.end(), records_.begin(), records_.end());
  if (batch.generation != generation_.load()) batch.marks.clear();  // what could not be written yet is void by now
  batch.generation = generation_.load();
  batch.marks.insert(batch.marks.end(), marks_.begin(), marks_.end());
  records_.clear();
  marks_.clear();
  batch.dirty = std::exchange(generationDirty_, false);
  batch.stopping = stopping_;
  waiting_ = std::exchange(writeOuts_, {});
}

void Indexer::run() {
  Batch batch;
  Status result;
  while (true) {
    // Whoever waits for what was taken does not wait for what comes after it.
    if (waiting_.empty()) take(batch);
    const bool done = batch.records.empty() && batch.marks.empty() && !batch.dirty;
    if (done && !waiting_.empty()) {
      answerWriteOuts({});
      continue;
    }
    if (done && batch.generation != 0) {
      if (batch.stopping) break;
      continue;
    }
    batch.dirty = false;
    if (failing_) index_.resume();
    result = step(batch.records, batch.marks, batch.generation);
    if (result && batch.generation == 0 && batch.records.empty()) result = sweep();
    if (result) {
      failing_ = false;
      continue;
    }
    if (!failing_.exchange(true))
      log::error("blocks", "cannot write the block index", {{"error", result.error().message}});
    answerWriteOuts(result);
    std::lock_guard lock(mutex_);
    if (stopping_) break;  // the segments have it all; the next start replays them
  }
  if (result) result = index_.flush(true);
  std::lock_guard lock(mutex_);
  for (auto& one : writeOuts_) one.set_value(result);  // asked for after the last batch, which failed
  writeOuts_.clear();
  last_ = result;
}

Status Indexer::step(std::vector<DurableRecord>& records, std::vector<Cid>& marks, std::uint8_t generation) {
  std::vector<IndexWrite> writes;
  IndexMeta meta = meta_;
  const std::size_t count = std::min(records.size(), batchSize);
  std::vector<RecentEntry> given;
  for (std::size_t i = 0; i < count; ++i) {
    const DurableRecord& record = records[i];
    const auto entry = recent_.find(record.cid);
    const bool complete = entry && entry->at == record.at && entry->complete;
    given.push_back({record.at, complete});
    writes.push_back({record.cid, {record.at, complete ? generation : std::uint8_t{0}}});
    const LogPosition end{record.at.segment, recordEnd(record.at.offset, record.at.length)};
    if (end <= meta.position) continue;  // comes again, for its mark
    meta.position = end;
    meta.blocks += 1;
    meta.bytes += record.at.length;
    unflushedBytes_ += record.at.length;
  }
  // A mark may be of a block in the rest of `records`, which the index does not have yet: marks come last.
  if (count == records.size())
    if (auto collected = collectMarks(marks, writes, generation); !collected) return collected;
  meta.generation = generation;
  if (auto applied = index_.apply(writes, meta); !applied) return applied;
  meta_ = meta;
  std::vector<DurableRecord> again;
  for (std::size_t i = 0; i < count; ++i)
    if (!recent_.eraseIf(records[i].cid, given[i]))
      if (const auto entry = recent_.find(records[i].cid); entry && entry->at == records[i].at)
        again.push_back(records[i]);
  if (count == records.size()) marks.clear();
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(count));
  records.insert(records.end(), again.begin(), again.end());
  return flushIfDue(writes.size());
}

Status Indexer::collectMarks(std::vector<Cid>& marks, std::vector<IndexWrite>& writes, std::uint8_t generation) {
  if (marks.empty()) return {};
  auto found = index_.findAll(marks);
  if (!found) return found.error();
  for (std::size_t i = 0; i < marks.size(); ++i)
    if (const auto& entry = (*found)[i]; entry && entry->mark != generation)
      writes.push_back({marks[i], {entry->at, generation}});
  return {};
}

/// All generations are used up: with no mark left in the index they can be counted from the first one again.
Status Indexer::sweep() {
  std::vector<IndexWrite> writes;
  Status cleared;
  auto visited = index_.forEach([&](const Cid& cid, const IndexEntry& entry) {
    if (!cleared || entry.mark == 0) return;
    writes.push_back({cid, {entry.at, 0}});
    if (writes.size() < batchSize) return;
    cleared = index_.apply(writes, meta_);
    writes.clear();
  });
  if (!visited) return visited;
  if (cleared) cleared = index_.apply(writes, meta_);
  if (!cleared) return cleared;
  std::lock_guard lock(mutex_);
  generation_.store(1, std::memory_order_release);
  generationDirty_ = true;
  return {};
}

Status Indexer::flushIfDue(std::size_t entries) {
  unflushedEntries_ += entries;
  if (unflushedBytes_ < replayBytes_ && unflushedEntries_ < flushEntries) return {};
  unflushedBytes_ = unflushedEntries_ = 0;
  return index_.flush(false);
}

}  // namespace cairn::blocks::embedded
