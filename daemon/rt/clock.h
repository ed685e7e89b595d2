// Time and chance, injected.
//
// Contract: Clock and Random are thread-safe. now() is the wall clock (may jump), steady() never goes backwards.
// sleep() suspends the caller for at least the duration, in the simulator for exactly that much virtual time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "common/base/ids.h"
#include "daemon/rt/async.h"

namespace cairn {

using Duration = std::chrono::microseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;
  virtual Duration steady() = 0;
  virtual Task<void> sleep(Duration duration) = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

/// The machine's clocks; sleeps on the executor of the coroutine that asks.
std::unique_ptr<Clock> systemClock();
/// The operating system's randomness (getrandom).
std::unique_ptr<Random> systemRandom();

CommitId newCommitId(Random& random);

}  // namespace cairn
