#include "daemon/blocks/kubo/carrier.h"

#include <algorithm>
#include <charconv>

#include "daemon/blocks/kubo/note.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::kubo {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kTested = "0.39.";
constexpr std::size_t kBatchBlocks = 1024;
constexpr std::uint64_t kBatchBytes = 2ULL << 20;
constexpr std::size_t kImports = 3;  // at a time: kubo decodes and writes one, while the next is read and sent
constexpr std::uint64_t kCloseBytes = 8ULL << 20;
constexpr std::uint64_t kReleaseBytes = 64ULL << 20;

/// How many of `records` make one batch.
std::size_t batchOf(std::span<const embedded::FoundRecord> records) {
  std::size_t count = 0;
  for (std::uint64_t bytes = 0; count < records.size() && count < kBatchBlocks; ++count) {
    bytes += records[count].at.length;
    if (count > 0 && bytes > kBatchBytes) break;
  }
  return count;
}

using Underway = std::deque<OneShot<Status>>;  ///< imports, the oldest first

/// Waits until no more than `most` are under way; the first failure goes into `all`.
Task<void> settle(Underway& underway, std::size_t most, Status& all) {
  for (; underway.size() > most; underway.pop_front())
    if (Status one = co_await underway.front().wait(); all) all = std::move(one);
}

}  // namespace

Carrier::Carrier(embedded::Journal& journal, Node& node, embedded::FileSystem& files, KuboOptions options)
    : journal_(journal),
      node_(node),
      files_(files),
      options_(std::move(options)),
      pins_(files_, options_.directory, options_.pinEvery),
      journalGauge_(metrics::gauge("cairn_kubo_journal_bytes", "Bytes in the journal before kubo")),
      waitingGauge_(metrics::gauge("cairn_kubo_waiting_bytes", "Bytes of the journal that kubo was not given yet")),
      lagGauge_(metrics::gauge("cairn_kubo_lag_seconds", "Age of the oldest block that kubo was not given yet")),
      movingGauge_(
          metrics::gauge("cairn_kubo_moving_bytes", "Bytes of an embedded store that kubo is still to be given")),
      upGauge_(metrics::gauge("cairn_kubo_up", "1 while kubo answers")),
      failures_(metrics::counter("cairn_kubo_failures_total", "Calls to kubo that failed")),
      carriedBlocks_(metrics::counter("cairn_kubo_carried_blocks_total", "Blocks that kubo was given")) {
  status_.journalLimit = options_.journalBytes;
  metrics::gauge("cairn_kubo_journal_limit_bytes", "Bound of the journal before kubo")
      .Set(static_cast<double>(options_.journalBytes));
  findMoving();
  measure();
}

void Carrier::stop() {
  stopping_ = true;
  for (net::steady_timer* timer : sleeping_) timer->cancel();
}

Task<void> Carrier::pause(net::steady_timer& timer, std::chrono::milliseconds time) {
  if (stopping_) co_return;
  timer.expires_after(time);
  sleeping_.push_back(&timer);
  boost::system::error_code ignored;
  co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
  std::erase(sleeping_, &timer);
}

Task<void> Carrier::run() {
  net::steady_timer timer(co_await net::this_coro::executor);
  while (!stopping_) {
    const Status status = co_await round();
    ended(status);
    if (!status || !closeDue()) co_await pause(timer, std::min(status ? kTick : kRetry, options_.carryEvery));
  }
}

Task<void> Carrier::watch() {
  net::steady_timer timer(co_await net::this_coro::executor);
  while (!stopping_) {
    measure();
    serveWaiters();
    co_await pause(timer, kTick);
  }
}

Task<Status> Carrier::meet() {
  auto about = co_await node_.about();
  if (!about) co_return about.error();
  if (auto fit = judge(*about); !fit) co_return fit;
  known_ = std::move(*about);
  co_return Status{};
}

Status Carrier::judge(const About& about) {
  {
    std::lock_guard lock(mutex_);
    status_.version = about.version;
    status_.peer = about.peer;
  }
  if (auto same = samePeer(about.peer); !same) return same;
  if (about.collects)
    return fail(
        Errc::precondition,
        "kubo collects garbage (--enable-gc) and would delete blocks that no pin reaches yet: start it without");
  if (about.durability == Durability::unknown)
    return fail(Errc::precondition,
                "kubo keeps its blocks in " + about.datastore +
                    ", which does not say when they are on the disk: use its profile pebbleds, or flatfs with sync on, "
                    "or name its directory on this machine in [blocks] kubo_repository");
  if (!about.version.starts_with(kTested) && warnedOf_ != about.version) {
    warnedOf_ = about.version;
    log::warning("blocks", "this version of kubo is not one that Cairn was tested with",
                 {{"version", about.version}, {"tested", std::string(kTested) + "x"}});
  }
  return {};
}

/// A directory that no kubo is noted in, and that has blocks, was an embedded store.
void Carrier::findMoving() {
  const auto peer = readNote(files_, options_.directory + "/kubo");
  const auto noted = readNote(files_, options_.directory + "/moving");
  if (noted && !noted->empty()) {
    std::uint32_t upTo = 0;
    std::from_chars(noted->data(), noted->data() + noted->size(), upTo);
    movingUpTo_ = upTo;
  } else if (peer && peer->empty()) {
    for (const auto& segment : journal_.segments())
      if (!segment.empty()) movingUpTo_ = segment.id;
  }
}

/// The index knows what one kubo has; another one's disk is another matter.
Status Carrier::samePeer(const std::string& peer) {
  auto known = readNote(files_, options_.directory + "/kubo");
  if (!known) return known.error();
  if (known->empty()) {
    if (movingUpTo_ > 0) {
      const std::string upTo = std::to_string(movingUpTo_) + "\n";
      if (auto noted = writeNote(files_, options_.directory, "moving", upTo); !noted) return noted;
      log::info("blocks", "moving the embedded store into kubo", {{"bytes", movingBytes_.load()}});
    }
    return writeNote(files_, options_.directory, "kubo", peer + "\n");
  }
  if (*known == peer + "\n") return {};
  known->pop_back();
  return fail(Errc::precondition, "the blocks of " + options_.directory + " are in the kubo with peer id " + *known +
                                      ", and what answers is " + peer +
                                      ": start that one, or see docs/formats/blocks.md on how to move to another");
}

Task<Status> Carrier::round() {
  if (!known_)
    if (auto met = co_await meet(); !met) co_return met;
  if (auto same = co_await lookAgain(); !same || !known_) co_return same;
  if (closeDue())
    if (auto closed = co_await journal_.close(); !closed) co_return closed;
  auto segments = journal_.segments();
  segments.pop_back();
  for (const auto& segment : segments) {
    if (segment.id <= carried_) continue;
    if (auto carried = co_await carry(segment.id); !carried) co_return carried;
    if (carriedBytes_ == 0) carriedSince_ = Clock::now();
    carriedBytes_ += segment.bytes;
    carried_ = segment.id;
    if (releaseDue())
      if (auto released = co_await release(); !released || !known_) co_return released;
  }
  if (releaseDue()) co_return co_await release();
  co_return Status{};
}

/// After kubo did not answer: perhaps it was started anew, and what it had not synced is gone.
Task<Status> Carrier::lookAgain() {
  if (status().answers) co_return Status{};
  auto instance = co_await node_.instance();
  if (!instance) co_return instance.error();
  if (*instance != known_->instance) forget();
  co_return Status{};
}

bool Carrier::closeDue() {
  const auto segments = journal_.segments();
  const auto& open = segments.back();
  if (open.empty()) return false;
  const auto since = since_.find(open.id);
  return open.bytes >= kCloseBytes || (since != since_.end() && Clock::now() - since->second >= options_.carryEvery);
}

Task<Status> Carrier::carry(std::uint32_t segment) {
  auto records = co_await journal_.contents(segment);
  if (!records) co_return records.error();
  Underway underway;
  Status all;
  for (std::span<const embedded::FoundRecord> left = *records; !left.empty() && all;) {
    const auto batch = left.first(batchOf(left));
    left = left.subspan(batch.size());
    auto blocks = co_await journal_.load(batch);
    if (!blocks) all = blocks.error();
    if (stopping_) all = fail(Errc::cancelled, "stopping");
    if (!all || blocks->empty()) continue;
    underway.emplace_back();
    spawn(co_await net::this_coro::executor, importInto(std::move(*blocks), underway.back()));
    co_await settle(underway, kImports - 1, all);
  }
  co_await settle(underway, 0, all);
  co_return all;
}

Task<void> Carrier::importInto(std::vector<Block> blocks, OneShot<Status> done) {
  const std::size_t count = blocks.size();
  Status imported = co_await import(std::move(blocks));
  if (imported) carriedBlocks_.Increment(static_cast<double>(count));
  done.set(std::move(imported));
}

Task<Status> Carrier::import(std::vector<Block> blocks) {
  auto imported = co_await node_.import(blocks);
  if (imported || imported.error().code != Errc::invalid) co_return imported;
  // One that kubo does not take must not keep out the others.
  for (Block& block : blocks) {
    if (!block.cid.verifies(block.data.view())) {
      journal_.lost(block.cid, fail(Errc::corrupt, "the bytes of block " + block.cid.str() + " do not hash to it"));
      continue;
    }
    if (auto put = co_await node_.put(std::move(block)); !put) co_return put;
  }
  co_return Status{};
}

bool Carrier::releaseDue() {
  if (carriedBytes_ == 0) return false;
  return carriedBytes_ >= kReleaseBytes || journalBytes_ >= options_.journalBytes / 2 ||
         Clock::now() - carriedSince_ >= options_.releaseEvery;
}

Task<Status> Carrier::release() {
  if (auto durable = co_await node_.makeDurable(known_->durability); !durable) co_return durable;
  auto instance = co_await node_.instance();
  if (!instance) co_return instance.error();
  if (*instance != known_->instance) {
    log::warning("blocks", "kubo was started anew: what it may not have on its disk is carried to it again");
    forget();
    co_return Status{};
  }
  auto released = co_await journal_.release(carried_);
  if (released) carriedBytes_ = 0;
  co_return released;
}

/// What was carried and not yet synced may be gone.
void Carrier::forget() {
  known_.reset();
  carried_ = 0;
  carriedBytes_ = 0;
}

}  // namespace cairn::blocks::kubo
