// The segment files of a store: opened, recovered, appended to and read.
//
// Contract. open() and recover() run once, before anything else. append() and roll() by one thread at a time (the
// caller serialises them with markSync()); read() from any thread. After a failed append() other than for want of
// space, and after any failed sync, the caller must not append again: what is on disk is then unknown. A segment is
// created whole: its header is synced under another name, renamed, and the folder synced, before the first record goes
// into it; and the segment before it is synced to its end first, so that only the last segment can have a torn tail. A
// journal begins with the first segment that was not yet released; elsewhere the first is number 1.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "daemon/blocks/block_data.h"
#include "daemon/blocks/embedded/files.h"
#include "daemon/blocks/embedded/record.h"
#include "daemon/blocks/embedded/scan.h"

namespace cairn::blocks::embedded {

struct Segment {
  std::uint32_t id = 0;
  std::string path;
  std::unique_ptr<File> file;
  SegmentHeader header;
};

/// A block on its way into the log. `at` is where it went.
struct AppendItem {
  Cid cid;
  BlockData data;
  std::uint64_t checksum = 0;
  Location at;
};

struct Recovery {
  std::vector<std::string> damaged;  ///< "segments/0000000001.seg from 4096 to 8192"
  std::uint64_t cutBytes = 0;        ///< torn off the end
};

class Segments {
 public:
  enum class Kind { store, journal };
  Segments(std::shared_ptr<FileSystem> files, std::string directory, std::uint64_t segmentBytes, Kind kind);

  /// Opens what is there; a new store gets `freshId`.
  Status open(const StoreId& freshId);
  const StoreId& store() const { return store_; }
  /// Whether `position` can be one of this log: its segment is there and reaches so far.
  bool reaches(LogPosition position);
  /// What is recorded behind `from` (all before it is durable). Cuts a torn tail off and makes the rest durable.
  /// `found` is given the records in the order of the log; an error of it is passed on.
  using Sink = std::function<Status(std::vector<FoundRecord>)>;
  Result<Recovery> recover(LogPosition from, const Sink& found);

  /// Writes `items` behind all others and sets their `at`. 0 or an errno; ENOSPC leaves the log as it was.
  int append(std::span<AppendItem> items);
  /// Whether `bytes` more should go to a new segment, which roll() then begins: 0 or an errno.
  bool full(std::uint64_t bytes) const;
  int roll();
  LogPosition end() const { return end_; }

  /// The file whose sync makes everything before end() durable. What is appended from now on shares no page with it.
  std::shared_ptr<Segment> markSync();
  /// Told after that sync: later records say that all before `position` was durable.
  void setDurable(LogPosition position) { durable_ = position; }

  std::shared_ptr<Segment> find(std::uint32_t id) const;
  bool isJournal() const { return kind_ == Kind::journal; }
  /// Whether a segment of that number has been released.
  bool released(std::uint32_t id) const { return id < first_.load(std::memory_order_acquire); }
  /// Deletes all segments up to `id`, in an order that a crash cannot mix up. Never the last one. 0 or an errno.
  int release(std::uint32_t id);
  std::vector<std::shared_ptr<Segment>> all() const;
  std::uint64_t diskBytes() const;

  /// The block at `at`. Errc::unavailable when `noWait` and the page cache does not have it all, Errc::not_found when
  /// its segment has been released, Errc::corrupt when what is there is not this block, whole.
  Result<BlockData> read(const Cid& cid, const Location& at, bool noWait) const;

 private:
  std::string pathOf(std::uint32_t id) const;
  Status load(const std::string& name);
  int create(std::uint32_t id, std::uint64_t previousEnd);
  Status scanInto(Recovery& out, const Sink& found, const Segment& segment, const ScanRequest& request, bool last);

  std::shared_ptr<FileSystem> files_;
  std::string directory_;
  std::uint64_t segmentBytes_;
  Kind kind_;
  StoreId store_{};
  std::vector<std::string> gaps_;

  mutable std::shared_mutex mutex_;                 // guards segments_
  std::vector<std::shared_ptr<Segment>> segments_;  // ordered by id
  std::atomic<std::uint32_t> first_{1};             // number of the oldest that was not released

  // The appender's.
  LogPosition end_;
  LogPosition durable_;
  bool pageBreak_ = false;
};

}  // namespace cairn::blocks::embedded
