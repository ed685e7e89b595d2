// The thread that carries what is durable in the segments, and complete marks, into the index.
//
// Contract: thread-safe. durable() is told of records in the order of the log, only after the sync that covers them, so
// the index is never ahead of the segments. Work is taken in batches every `pace`, sooner when there is much. A failing
// index (a full disk) is retried every second and loses nothing: entries stay in Recent meanwhile. stop() writes
// everything out, flushes, and ends the thread; without it the index is merely as old as its last flush.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/blocks/embedded/index.h"
#include "daemon/blocks/embedded/tables.h"

namespace cairn::blocks::embedded {

struct DurableRecord {
  Cid cid;
  Location at;
};

class Indexer {
 public:
  /// Flushes the index whenever so many bytes of segments would have to be read again after a crash.
  Indexer(Index& index, Recent& recent, IndexMeta meta, std::uint64_t replayBytes, std::chrono::milliseconds pace);
  ~Indexer();

  void durable(std::vector<DurableRecord> records);
  void mark(std::vector<Cid> cids);
  /// All complete marks are void from now on.
  void voidMarks();
  /// 0: no mark counts.
  std::uint8_t generation() const { return generation_.load(std::memory_order_acquire); }

  /// Blocks until all that it was told before is in the index for good, or says why it is not.
  Status writeOut();

  /// Whether the index cannot be written at present; what is durable then piles up in Recent.
  bool failing() const { return failing_.load(std::memory_order_relaxed); }

  Status stop();

 private:
  struct Batch {
    std::vector<DurableRecord> records;
    std::vector<Cid> marks;
    std::uint8_t generation = 0;  ///< of `marks`
    bool dirty = false;           ///< the generation itself is to be written
    bool stopping = false;
  };
  void run();
  Status step(std::vector<DurableRecord>& records, std::vector<Cid>& marks, std::uint8_t generation);
  Status sweep();
  Status collectMarks(std::vector<Cid>& marks, std::vector<IndexWrite>& writes, std::uint8_t generation);
  Status flushIfDue(std::size_t entries);
  void take(Batch& batch);
  void answerWriteOuts(Status status);

  Index& index_;
  Recent& recent_;
  IndexMeta meta_;  // the thread's own
  std::uint64_t unflushedBytes_ = 0;
  std::uint64_t unflushedEntries_ = 0;
  std::vector<std::promise<Status>> waiting_;  ///< to be told once what was taken is in the index
  std::uint64_t replayBytes_;
  std::chrono::milliseconds pace_;

  std::atomic<std::uint8_t> generation_;
  std::atomic<bool> failing_{false};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<DurableRecord> records_;  // guarded by mutex_, as are the following
  std::vector<Cid> marks_;
  bool generationDirty_ = false;
  std::vector<std::promise<Status>> writeOuts_;
  bool stopping_ = false;
  Status last_;
  std::thread thread_;
};

}  // namespace cairn::blocks::embedded
