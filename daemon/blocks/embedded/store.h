// The embedded store itself: the parts of this folder put together behind blocks::EmbeddedStore and Journal.
//
// Contract: see embedded.h and journal.h. Made by open() of seams.h and openJournal() only.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <shared_mutex>
#include <unordered_set>

#include "daemon/blocks/embedded/appender.h"
#include "daemon/blocks/embedded/index.h"
#include "daemon/blocks/embedded/indexer.h"
#include "daemon/blocks/embedded/journal.h"
#include "daemon/blocks/embedded/segments.h"
#include "daemon/blocks/embedded/tables.h"

namespace cairn::blocks::embedded {

class StoreImpl final : public Journal {
 public:
  StoreImpl(EmbeddedOptions options, std::shared_ptr<FileSystem> files, std::unique_ptr<DirectoryLock> lock,
            std::unique_ptr<Segments> segments, std::unique_ptr<Index> index, const IndexMeta& meta,
            std::uint64_t damage);
  ~StoreImpl() override;

  Task<Status> put(std::vector<Block> blocks) override;
  Task<Status> putDurably(std::vector<Block> blocks) override;
  Task<Status> sync() override;
  Task<Result<BlockData>> get(Cid cid) override;
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override;
  std::vector<bool> complete(std::span<const Cid> cids) override;
  void markComplete(std::span<const Cid> cids) override;
  Stats stats() override;
  Task<Result<ScrubReport>> scrub(std::uint64_t bytesPerSecond) override;
  std::uint64_t damage() override { return damage_.load(); }

  Result<Place> find(const Cid& cid) override;
  Task<Status> close() override;
  std::vector<SegmentSize> segments() override;
  Task<Result<std::vector<FoundRecord>>> contents(std::uint32_t segment) override;
  Task<Result<std::vector<Block>>> load(std::span<const FoundRecord> records) override;
  Task<Status> release(std::uint32_t id) override;
  void lost(const Cid& cid, const Error& why) override;

 private:
  Result<std::vector<AppendItem>> itemsOf(std::vector<Block> blocks);
  bool holds(std::uint32_t segment) const;
  /// False when absent.
  Result<bool> locate(const Cid& cid, Location& out);
  Result<BlockData> readAt(const Cid& cid, const Location& at, bool noWait);
  bool isDamaged(const Cid& cid);
  void noteDamage(const Cid& cid, const Error& error);
  void voidMarks();
  Status scrubLost(std::uint32_t segment, std::span<const ByteRange> ranges, ScrubReport& report);
  std::uint64_t scrubSome(std::span<const FoundRecord> records, ScrubReport& report);
  /// Runs blocking work on a reader's thread.
  template <class Work>
  Task<std::invoke_result_t<Work>> onReader(Work work) {
    OneShot<std::invoke_result_t<Work>> done;
    net::post(readers_, [done, work = std::move(work)]() mutable { done.set(work()); });
    co_return co_await done.wait();
  }

  EmbeddedOptions options_;
  std::shared_ptr<FileSystem> files_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<Segments> segments_;
  std::unique_ptr<Index> index_;

  std::mutex damagedMutex_;
  std::unordered_set<Cid> damaged_;
  std::atomic<std::size_t> damagedCount_{0};
  std::atomic<std::uint64_t> damage_;
  std::atomic<std::uint64_t> blocks_;
  std::atomic<std::uint64_t> bytes_;

  std::shared_mutex marksMutex_;  // held exclusively while marks become void, so that no old one slips in behind
  Recent recent_;
  KnownComplete known_;

  // Threads, which use all of the above.
  Indexer indexer_;
  Appender appender_;
  net::thread_pool readers_;
};

}  // namespace cairn::blocks::embedded
