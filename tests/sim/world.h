// Virtual time, chance and the order of everything: what makes a run a function of its seed.
//
// Contract: one thread. Time moves only when no executor has anything ready; then the next event (by time, then by the
// order in which it was asked for) fires. Which executor runs next is drawn from the seed. step() grows with every
// handler and event, so that "before" and "after" are exact for histories. fail() records what a checker found; the
// first one stands and ends the run.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "daemon/rt/clock.h"

namespace cairn::sim {

using Micros = std::int64_t;

/// Chance from the seed; the same numbers with every standard library.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  Micros between(Micros least, Micros most) {
    return least + static_cast<Micros>(below(static_cast<std::uint64_t>(most - least) + 1));
  }
  bool chance(double p) { return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < p; }

 private:
  std::mt19937_64 engine_;
};

struct Violation {
  std::string checker;
  std::string what;
};

/// A node's io_context. `paused`: stopped by SIGSTOP, so to speak.
struct Executor {
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> work{io.get_executor()};
  bool paused = false;
};

class World {
 public:
  World(std::uint64_t seed, bool tracing) : rng(seed), tracing_(tracing) {}

  Rng rng;
  Micros now() const { return now_; }
  std::uint64_t step() const { return step_; }
  void after(Micros delay, std::function<void()> what);
  void add(Executor& executor) { executors_.push_back(&executor); }
  void remove(Executor& executor) { std::erase(executors_, &executor); }

  /// Runs until `done`, a violation, or `until`. True when done.
  bool run(Micros until, const std::function<bool()>& done);

  void fail(const std::string& checker, const std::string& what);
  const std::optional<Violation>& violation() const { return violation_; }

  bool tracing() const { return tracing_; }
  void trace(const std::string& who, const std::string& what);
  /// Of everything that happened so far: equal for equal seeds.
  std::uint64_t fingerprint() const { return fingerprint_; }
  void note(std::uint64_t value) { fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U; }

 private:
  struct Event {
    Micros at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& o) const { return at != o.at ? at > o.at : order > o.order; }
  };
  bool stepOnce(Micros until);

  Micros now_ = 0;
  std::uint64_t step_ = 0, order_ = 0;
  std::uint64_t fingerprint_ = 0xcbf29ce484222325U;
  std::priority_queue<Event> events_;
  std::vector<Executor*> executors_;
  std::optional<Violation> violation_;
  bool tracing_;
};

}  // namespace cairn::sim
