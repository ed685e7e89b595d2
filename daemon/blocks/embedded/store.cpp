#include "daemon/blocks/embedded/store.h"

#include "daemon/rt/log.h"

namespace cairn::blocks::embedded {

namespace {
// Past so many blocks that the index cannot take, puts are refused: memory is finite.
constexpr std::size_t maxBacklog = 1'000'000;
}  // namespace

StoreImpl::StoreImpl(EmbeddedOptions options, std::shared_ptr<FileSystem> files, std::unique_ptr<DirectoryLock> lock,
                     std::unique_ptr<Segments> segments, std::unique_ptr<Index> index, const IndexMeta& meta,
                     std::uint64_t damage)
    : options_(std::move(options)),
      files_(std::move(files)),
      lock_(std::move(lock)),
      segments_(std::move(segments)),
      index_(std::move(index)),
      damage_(damage),
      blocks_(meta.blocks),
      bytes_(meta.bytes),
      known_(options_.knownComplete),
      indexer_(*index_, recent_, meta, options_.replayBytes, options_.indexEvery),
      appender_(*segments_, recent_, indexer_,
                {[this](std::uint64_t bytes) {
                   return files_->freeBytes(options_.directory) >= options_.reserveBytes + bytes;
                 },
                 [this](const AppendItem& item) {
                   ++blocks_;
                   bytes_ += item.data.size();
                   if (damagedCount_ == 0) return;
                   std::lock_guard guard(damagedMutex_);
                   damagedCount_ -= damaged_.erase(item.cid);
                 }}),
      readers_(std::max(1U, options_.readThreads)) {}

StoreImpl::~StoreImpl() {
  readers_.join();
  appender_.stop();
  if (auto stopped = indexer_.stop(); !stopped)
    log::warning("blocks", "the block index could not be written out; the next start reads more of the segments",
                 {{"error", stopped.error().message}});
}

Task<Status> StoreImpl::put(std::vector<Block> blocks) {
  auto items = itemsOf(std::move(blocks));
  if (!items) co_return items.error();
  if (items->empty()) co_return Status{};
  co_return co_await appender_.put(std::move(*items), false);
}

Task<Status> StoreImpl::putDurably(std::vector<Block> blocks) {
  auto items = itemsOf(std::move(blocks));
  if (!items) co_return items.error();
  if (items->empty()) co_return co_await appender_.sync();
  co_return co_await appender_.put(std::move(*items), true);
}

/// What of `blocks` is not here yet.
Result<std::vector<AppendItem>> StoreImpl::itemsOf(std::vector<Block> blocks) {
  if (auto refused = appender_.refusal(); !refused) return refused.error();
  if (indexer_.failing() && recent_.size() > maxBacklog)
    return fail(Errc::no_space, "the block index in " + options_.directory +
                                    " cannot be written and too much waits for it; see the log for the reason");
  std::vector<AppendItem> items;
  Location at;
  for (Block& block : blocks) {
    if (!block.data) return fail(Errc::invalid, "block " + block.cid.str() + " was put without data");
    if (block.data.size() > maxBlockSize)
      return fail(Errc::too_large, "block " + block.cid.str() + " of " + std::to_string(block.data.size()) +
                                       " bytes is larger than " + std::to_string(maxBlockSize));
    auto here = locate(block.cid, at);
    if (!here) return here.error();
    if (*here) continue;
    const std::uint64_t checksum = checksumOf(block.data.view());
    items.push_back(AppendItem{block.cid, std::move(block.data), checksum, {}});
  }
  return items;
}

Task<Status> StoreImpl::sync() {
  co_return co_await appender_.sync();
}

// The index is asked on the caller's thread: it is small beside the blocks and mostly in memory, where a hop to another
// thread would cost ten times the look-up.
Result<bool> StoreImpl::locate(const Cid& cid, Location& out) {
  if (isDamaged(cid)) return false;
  if (const auto recent = recent_.find(cid)) {
    out = recent->at;
    return true;
  }
  IndexEntry entry;
  auto found = index_->find(cid, entry);
  if (!found || !*found) return found;
  out = entry.at;
  return holds(out.segment);
}

bool StoreImpl::holds(std::uint32_t segment) const {
  return segments_->find(segment) != nullptr || segments_->released(segment);
}

Task<Result<BlockData>> StoreImpl::get(Cid cid) {
  Location at;
  auto found = locate(cid, at);
  if (!found) co_return found.error();
  if (!*found) co_return fail(Errc::not_found, "block " + cid.str() + " is not here");
  auto data = readAt(cid, at, true);
  if (data || data.error().code != Errc::unavailable) co_return data;
  auto work = [this, cid, at] { return readAt(cid, at, false); };
  co_return co_await onReader(std::move(work));
}

Result<BlockData> StoreImpl::readAt(const Cid& cid, const Location& at, bool noWait) {
  auto data = segments_->read(cid, at, noWait);
  if (!data && data.error().code == Errc::corrupt) noteDamage(cid, data.error());
  return data;
}

Task<Result<std::vector<Cid>>> StoreImpl::missing(std::vector<Cid> cids) {
  std::vector<Cid> absent;
  Location at;
  for (const Cid& cid : cids) {
    auto found = locate(cid, at);
    if (!found) co_return found.error();
    if (!*found) absent.push_back(cid);
  }
  co_return absent;
}

std::vector<bool> StoreImpl::complete(std::span<const Cid> cids) {
  std::vector<bool> marks(cids.size());
  std::shared_lock guard(marksMutex_);
  if (known_.lookup(cids, marks) == cids.size()) return marks;
  std::vector<Cid> ask;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < cids.size(); ++i) {
    if (marks[i]) continue;
    if (const auto recent = recent_.find(cids[i])) {
      marks[i] = recent->complete;
      if (!recent->complete) continue;
      known_.insert(cids[i]);
      continue;
    }
    ask.push_back(cids[i]);
    places.push_back(i);
  }
  // Before the index is looked at: a sweep may end between the two, and what it has swept away must not count.
  const std::uint8_t generation = indexer_.generation();
  if (ask.empty() || generation == 0) return marks;
  const auto found = index_->findAll(ask);
  if (!found) return marks;  // not knowing is no, and costs a walk
  for (std::size_t i = 0; i < ask.size(); ++i) {
    const auto& entry = (*found)[i];
    if (!entry || entry->mark != generation || !holds(entry->at.segment)) continue;
    marks[places[i]] = true;
    known_.insert(ask[i]);
  }
  return marks;
}

void StoreImpl::markComplete(std::span<const Cid> cids) {
  std::shared_lock guard(marksMutex_);
  for (const Cid& cid : cids) known_.insert(cid);
  indexer_.mark({cids.begin(), cids.end()});
}

void StoreImpl::voidMarks() {
  std::unique_lock guard(marksMutex_);
  recent_.clearMarks();  // first: the indexer writes what it finds there under the generation it knows
  indexer_.voidMarks();
  known_.clear();
}

bool StoreImpl::isDamaged(const Cid& cid) {
  if (damagedCount_.load(std::memory_order_relaxed) == 0) return false;
  std::lock_guard guard(damagedMutex_);
  return damaged_.contains(cid);
}

void StoreImpl::noteDamage(const Cid& cid, const Error& error) {
  {
    std::lock_guard guard(damagedMutex_);
    if (!damaged_.insert(cid).second) return;
    ++damagedCount_;
  }
  ++damage_;
  recent_.erase(cid);
  // Once its segment is released, a journal's index would speak for a block that nobody took over.
  if (segments_->isJournal())
    if (auto erased = index_->erase(cid); !erased)
      log::error("blocks", "cannot write the block index", {{"error", erased.error().message}});
  voidMarks();
  log::error("blocks", "a stored block is damaged; it is fetched again when next needed", {{"error", error.message}});
}

Stats StoreImpl::stats() {
  return {blocks_.load(), bytes_.load(), segments_->diskBytes() + index_->diskBytes(), appender_.poisoned()};
}

}  // namespace cairn::blocks::embedded
