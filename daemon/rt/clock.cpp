#include "daemon/rt/clock.h"

#include <sys/random.h>

#include <cstring>

namespace cairn {

std::uint64_t Random::below(std::uint64_t bound) {
  CAIRN_ASSERT(bound > 0);
  std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // refuse the tail that would favour small results
  for (;;) {
    std::array<std::uint8_t, 8> raw{};
    fill(raw);
    std::uint64_t v;
    std::memcpy(&v, raw.data(), sizeof v);
    if (v < limit) return v % bound;
  }
}

namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() override {
    return Timestamp(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
  }
  Duration steady() override {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
  }
  Task<void> sleep(Duration duration) override {
    net::steady_timer timer(co_await net::this_coro::executor, duration);
    co_await timer.async_wait(net::use_awaitable);
  }
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    while (!out.empty()) {
      ssize_t n = ::getrandom(out.data(), out.size(), 0);
      if (n > 0) out = out.subspan(static_cast<std::size_t>(n));
    }
  }
};

}  // namespace

std::unique_ptr<Clock> systemClock() {
  return std::make_unique<SystemClock>();
}
std::unique_ptr<Random> systemRandom() {
  return std::make_unique<SystemRandom>();
}

CommitId newCommitId(Random& random) {
  CommitId id;
  random.fill(id.bytes);
  return id;
}

}  // namespace cairn
