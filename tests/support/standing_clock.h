// A clock that stands until somebody moves it; sleeping moves it at once.
//
// Contract: for tests, benchmarks and fuzzers; single-threaded. `at` is both the time since 1970 and the steady one.
#pragma once

#include "daemon/rt/clock.h"

namespace cairn::test {

class StandingClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp(at.count() / 1000); }
  Duration steady() override { return at; }
  Task<void> sleep(Duration d) override {
    at += d;
    co_return;
  }
  explicit StandingClock(Duration from) : at(from) {}
  Duration at;
};

}  // namespace cairn::test
