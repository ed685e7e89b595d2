// Measuring several things beside one another on a machine that does other things, too.
//
// Contract: for benchmarks; single-threaded. measure() calls all of them in turns, so that a slow moment hits all
// alike, and keeps for each the least and the median of its rounds: seconds of this thread's processor for one call.
// `before` is called before each round and not measured.
#pragma once

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

#include "common/base/result.h"

namespace cairn::testing {

inline double processorTime() {
  timespec now;
  CAIRN_ASSERT(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Measured {
  std::size_t calls;
  std::function<void(std::size_t)> call;
  std::function<void()> before{};
  double least = 1e9, median = 0;
};

inline void measure(std::vector<Measured>& all, int rounds = 15) {
  std::vector<std::vector<double>> times(all.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (all[n].before) all[n].before();
      const double start = processorTime();
      for (std::size_t i = 0; i < all[n].calls; ++i) all[n].call(i);
      times[n].push_back((processorTime() - start) / static_cast<double>(all[n].calls));
    }
  }
  for (std::size_t n = 0; n < all.size(); ++n) {
    std::ranges::sort(times[n]);
    all[n].least = times[n].front();
    all[n].median = times[n][times[n].size() / 2];
  }
}

}  // namespace cairn::testing
