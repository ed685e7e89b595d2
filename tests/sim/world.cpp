#include "tests/sim/world.h"

#include <cstdio>

namespace cairn::sim {

void World::after(Micros delay, std::function<void()> what) {
  events_.push({now_ + delay, order_++, std::move(what)});
}

bool World::stepOnce(Micros until) {
  ++step_;
  std::size_t n = executors_.size();
  std::size_t start = n == 0 ? 0 : rng.below(n);
  for (std::size_t i = 0; i < n; ++i) {
    Executor& e = *executors_[(start + i) % n];
    if (e.paused || e.io.poll_one() == 0) continue;
    note((start + i) % n);
    return true;
  }
  if (events_.empty() || events_.top().at > until) return false;
  Event event = events_.top();
  events_.pop();
  now_ = event.at;
  note(event.order);
  event.what();
  return true;
}

bool World::run(Micros until, const std::function<bool()>& done) {
  while (!violation_ && !done())
    if (!stepOnce(until)) return false;
  return !violation_;
}

void World::fail(const std::string& checker, const std::string& what) {
  if (violation_) return;
  violation_ = Violation{checker, what};
  trace(checker, "VIOLATION: " + what);
}

void World::trace(const std::string& who, const std::string& what) {
  if (!tracing_) return;
  std::printf("%11.6f %8llu  %-4s %s\n", static_cast<double>(now_) / 1e6, static_cast<unsigned long long>(step_),
              who.c_str(), what.c_str());
}

}  // namespace cairn::sim
