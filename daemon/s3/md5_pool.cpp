#include "daemon/s3/md5_pool.h"

#include <algorithm>
#include <optional>

namespace cairn::s3 {
namespace {

/// From here on the lanes cost less than one body after the other.
constexpr std::size_t kWorthLanes = 3;
/// So many bodies are waited for.
constexpr std::size_t kEnough = 4;
static_assert(kEnough <= Md5::kLanes);
/// A body that cannot go on waits so long for others: clients send in bursts, so what two threads read at a time is two
/// bodies, and the others' turn comes while these wait.
constexpr std::chrono::milliseconds kPatience{2};
/// Of each body in one step.
constexpr std::size_t kStep = 256U << 10;

net::any_io_executor belowStrand(const net::any_io_executor& executor) {
  const auto* strand = executor.target<net::strand<net::io_context::executor_type>>();
  return strand != nullptr ? net::any_io_executor(strand->get_inner_executor()) : executor;
}

}  // namespace

struct Md5Pool::Body {
  Md5 md5;
  blocks::BlockData leaf;  ///< to be hashed, or being hashed
  bool hashing = false;
  std::optional<OneShot<bool>> waiter;  ///< who cannot go on before that is done
};

/// What the streams share; the coroutines that hash keep it, and the bodies, alive.
struct Md5Pool::Work : std::enable_shared_from_this<Md5Pool::Work> {
  using Bodies = std::vector<std::shared_ptr<Body>>;

  /// What is to be hashed now, by whoever asked: several lots, each by a coroutine of its own. With the lock.
  std::vector<Bodies> due(bool now = false) {
    if (ready.empty() || (!now && ready.size() < std::min(kEnough, streams))) return {};
    Bodies taken = std::exchange(ready, {});
    for (const auto& body : taken) body->hashing = true;
    if (taken.size() >= kWorthLanes) return {std::move(taken)};
    std::vector<Bodies> alone;
    for (auto& body : taken) alone.push_back({std::move(body)});
    return alone;
  }

  void start(const net::any_io_executor& executor, std::vector<Bodies> lots) {
    // Posted: a coroutine that is spawned on its own executor's thread would begin before this returns.
    for (Bodies& lot : lots)
      net::post(executor, [self = shared_from_this(), executor, lot = std::move(lot)]() mutable {
        spawn(executor, run(std::move(self), std::move(lot)));
      });
  }

  static Task<void> run(std::shared_ptr<Work> self, Bodies bodies) {
    const auto executor = co_await net::this_coro::executor;
    for (std::size_t at = 0;; at += kStep) {
      std::vector<Md5::Job> jobs;
      for (const auto& body : bodies) {
        const BytesView leaf = body->leaf.view();
        if (at < leaf.size()) jobs.push_back({&body->md5, leaf.subspan(at, std::min(kStep, leaf.size() - at))});
      }
      if (jobs.empty()) break;
      Md5::advance(jobs);
      co_await net::post(executor, net::use_awaitable);
    }
    self->done(bodies);
    std::unique_lock lock(self->mutex);
    auto lots = self->due();
    lock.unlock();
    self->start(executor, std::move(lots));
  }

  void done(const Bodies& bodies) {
    std::vector<OneShot<bool>> wake;
    {
      std::lock_guard lock(mutex);
      for (const auto& body : bodies) {
        body->hashing = false;
        body->leaf = {};
        if (body->waiter) wake.push_back(*std::exchange(body->waiter, std::nullopt));
      }
    }
    for (const auto& waiter : wake) waiter.set(true);
  }

  static Task<void> patience(std::shared_ptr<Work> self) {
    const auto executor = co_await net::this_coro::executor;
    net::steady_timer timer(executor, kPatience);
    co_await timer.async_wait(net::use_awaitable);
    std::unique_lock lock(self->mutex);
    self->patient = false;
    auto lots = self->due(true);
    lock.unlock();
    self->start(executor, std::move(lots));
  }

  /// Answers when nothing of the body is left to be hashed.
  Task<void> idle(std::shared_ptr<Body> body) {
    OneShot<bool> turn;
    bool wait = false;
    {
      std::lock_guard lock(mutex);
      if (!body->leaf) co_return;
      body->waiter = turn;
      if (!body->hashing && !patient) {
        patient = true;
        wait = true;
      }
    }
    const auto executor = belowStrand(co_await net::this_coro::executor);
    if (wait) net::post(executor, [self = shared_from_this(), executor] { spawn(executor, patience(self)); });
    (void)co_await turn.wait();
  }

  std::mutex mutex;
  std::size_t streams = 0;
  bool patient = false;  ///< patience() runs
  Bodies ready;          ///< with a leaf that nobody hashes yet; fewer than kEnough
};

Md5Pool::Md5Pool() : work_(std::make_shared<Work>()) {}
Md5Pool::~Md5Pool() = default;

Md5Pool::Stream::Stream(Md5Pool& pool) : work_(pool.work_), body_(std::make_shared<Body>()) {
  std::lock_guard lock(work_->mutex);
  ++work_->streams;
}

Md5Pool::Stream::~Stream() {
  std::lock_guard lock(work_->mutex);
  --work_->streams;
  std::erase(work_->ready, body_);
}

Task<void> Md5Pool::Stream::add(blocks::BlockData leaf) {
  co_await work_->idle(body_);
  std::vector<Work::Bodies> lots;
  {
    std::lock_guard lock(work_->mutex);
    body_->leaf = std::move(leaf);
    work_->ready.push_back(body_);
    lots = work_->due();
  }
  work_->start(belowStrand(co_await net::this_coro::executor), std::move(lots));
}

Task<std::array<std::uint8_t, 16>> Md5Pool::Stream::finish() {
  co_await work_->idle(body_);
  co_return body_->md5.finish();
}

}  // namespace cairn::s3
