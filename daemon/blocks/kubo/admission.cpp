// What callers of the store meet of the carrier: room in the journal, whether kubo answers, figures.
#include <algorithm>

#include "daemon/blocks/kubo/carrier.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::kubo {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRest{1000};  // between two tries while kubo does not answer

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

Error Carrier::full() const {
  std::lock_guard lock(mutex_);
  return fail(Errc::unavailable, "the journal before kubo is full (" + mebibytes(journalBytes_) + " of " +
                                     mebibytes(status_.journalLimit) +
                                     "): " + (status_.problem.empty() ? "kubo takes its time" : status_.problem));
}

/// An empty journal has room for anything, or what is larger than its bound would never be taken. One that was a whole
/// store is past its bound from the start, and what is new stands behind all that is old.
bool Carrier::hasRoom(std::uint64_t bytes) const {
  return journalBytes_ == 0 || movingBytes_ > 0 || journalBytes_ + bytes <= options_.journalBytes;
}

Task<Status> Carrier::admit(std::uint64_t bytes) {
  OneShot<Status> done;
  {
    std::unique_lock lock(mutex_);
    if (hasRoom(bytes)) {
      journalBytes_ += bytes;
      co_return Status{};
    }
    const bool hopeless = !status_.problem.empty();
    if (!hopeless) waiters_.push_back({done, bytes, Clock::now() + options_.patience});
    lock.unlock();
    if (hopeless) co_return full();
  }
  co_return co_await done.wait();
}

void Carrier::serveWaiters() {
  std::vector<std::pair<OneShot<Status>, bool>> ready;
  {
    std::lock_guard lock(mutex_);
    while (!waiters_.empty()) {
      const Waiter& first = waiters_.front();
      const bool room = hasRoom(first.bytes);
      if (!room && Clock::now() < first.until && status_.problem.empty()) break;
      if (room) journalBytes_ += first.bytes;
      ready.emplace_back(first.done, room);
      waiters_.pop_front();
    }
  }
  for (auto& [done, room] : ready) done.set(room ? Status{} : Status(full()));
}

Status Carrier::answers() {
  std::lock_guard lock(mutex_);
  if (status_.answers) return {};
  const auto now = Clock::now();
  if (now < askAgain_) return fail(Errc::unavailable, status_.problem);
  askAgain_ = now + kRest;
  return {};
}

void Carrier::heard(const Status& status) {
  std::unique_lock lock(mutex_);
  if (!status) failures_.Increment();
  silence_ = !status && status.error().code == Errc::unavailable ? status.error().message : std::string();
  setProblem(lock);
}

void Carrier::ended(const Status& round) {
  if (!round && round.error().code == Errc::cancelled) return;
  std::unique_lock lock(mutex_);
  if (!round) failures_.Increment();
  const bool silent = !round && round.error().code == Errc::unavailable;
  silence_ = silent ? round.error().message : std::string();
  refusal_ = round || silent ? std::string() : round.error().message;
  setProblem(lock);
}

void Carrier::setProblem(std::unique_lock<std::mutex>& lock) {
  const bool had = !status_.problem.empty();
  status_.answers = silence_.empty();
  status_.problem = silence_.empty() ? refusal_ : silence_;
  if (!status_.answers) askAgain_ = Clock::now() + kRest;
  upGauge_.Set(status_.answers ? 1 : 0);
  const std::string problem = status_.problem;
  const std::uint64_t waiting = status_.waitingBytes;
  lock.unlock();
  if (had && problem.empty())
    log::info("blocks", "kubo takes blocks again", {{"waiting", waiting}});
  else if (!had && !problem.empty())
    log::error("blocks", "kubo cannot be given blocks; writes go into the journal until that is full",
               {{"error", problem}, {"waiting", waiting}});
}

void Carrier::measure() {
  std::uint64_t all = 0, waiting = 0, moving = 0;
  const auto now = Clock::now();
  for (const auto& segment : journal_.segments()) {
    if (segment.empty()) continue;
    all += segment.bytes;
    if (segment.id <= movingUpTo_) moving += segment.bytes;
    if (segment.id <= carried_) continue;
    waiting += segment.bytes;
    since_.emplace(segment.id, now);
  }
  since_.erase(since_.begin(), since_.upper_bound(carried_));
  const double lag = since_.empty() ? 0 : std::chrono::duration<double>(now - since_.begin()->second).count();
  std::lock_guard lock(mutex_);
  if (movingBytes_ > 0 && moving == 0) log::info("blocks", "all blocks of the embedded store are in kubo");
  journalBytes_ = all;
  movingBytes_ = moving;
  status_.waitingBytes = waiting;
  status_.lagSeconds = lag;
  journalGauge_.Set(static_cast<double>(all));
  waitingGauge_.Set(static_cast<double>(waiting));
  lagGauge_.Set(lag);
  movingGauge_.Set(static_cast<double>(moving));
}

KuboStatus Carrier::status() {
  std::lock_guard lock(mutex_);
  KuboStatus out = status_;
  out.journalBytes = journalBytes_;
  out.movingBytes = movingBytes_;
  return out;
}

}  // namespace cairn::blocks::kubo
