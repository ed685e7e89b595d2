// The simulator finds every planted bug with checkers that know nothing of it, and nothing in the code as it is.
#include "daemon/bucket/metrics.h"
#include "tests/sim/simulation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace cairn::sim {
namespace {

std::string replay(const Hunt& hunted, const char* plant) {
  return hunted.last.violation->checker + ": " + hunted.last.violation->what + "\nreplay: cairn-sim --seed " +
         std::to_string(hunted.seed) + " --plant " + plant + " --verbose";
}

TEST(Simulation, FindsNothingInTheCodeAsItIs) {
  constexpr std::uint64_t kBatch = 50, kLeast = 150, kMost = 3000;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Settings settings;
  std::uint64_t seeds = 0, operations = 0, flips = 0, races = 0, crashes = 0;
  while (seeds < kLeast || (seeds < kMost && std::chrono::steady_clock::now() < until)) {
    Hunt hunted = hunt(settings, kBatch);
    ASSERT_FALSE(hunted.last.violation.has_value()) << replay(hunted, "none");
    settings.seed += kBatch;
    seeds += hunted.runs;
    operations += hunted.operations;
    flips += hunted.flips;
    races += hunted.races;
    crashes += hunted.crashes;
  }
  std::printf("%llu seeds: %llu operations, %llu flips, %llu lost races, %llu crashes, no violation\n",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(operations),
              static_cast<unsigned long long>(flips), static_cast<unsigned long long>(races),
              static_cast<unsigned long long>(crashes));
  // A simulator in which nothing happens finds nothing either.
  EXPECT_GT(operations, seeds * 30);
  EXPECT_GT(flips, seeds * 10);
  EXPECT_GT(races, seeds);
  const auto& commits = bucket::Metrics::get();
  EXPECT_GT(commits.ahead.Value(), static_cast<double>(seeds)) << "no group flew behind another";
  EXPECT_GT(commits.grounded.Value(), 0) << "no group that flew behind another was evaluated anew";
  EXPECT_GT(crashes, seeds);
}

TEST(Simulation, IsAFunctionOfItsSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Settings settings;
    settings.seed = seed;
    Verdict once = simulate(settings), again = simulate(settings);
    EXPECT_EQ(once.fingerprint, again.fingerprint) << "seed " << seed;
    EXPECT_EQ(once.took, again.took);
    EXPECT_EQ(once.operations, again.operations);
  }
}

class Planted : public testing::TestWithParam<PlantedBug> {};

TEST_P(Planted, IsFound) {
  Settings settings;
  settings.plant = GetParam().plant;
  settings.fenceSlips = GetParam().fenceSlips;
  Hunt hunted = hunt(settings, 400);
  ASSERT_TRUE(hunted.last.violation.has_value())
      << GetParam().name << " went unnoticed for " << hunted.runs << " seeds";
  std::printf("%s: seed %llu, %s\n", GetParam().name, static_cast<unsigned long long>(hunted.seed),
              hunted.last.violation->checker.c_str());
}

INSTANTIATE_TEST_SUITE_P(Bugs, Planted, testing::ValuesIn(plantedBugs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace cairn::sim
