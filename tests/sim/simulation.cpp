#include "tests/sim/simulation.h"

#include <csignal>
#include <cstdio>

#include "daemon/rt/log.h"
#include "tests/sim/fleet.h"

namespace cairn::sim {
namespace {

constexpr Micros kMinute = 60'000'000;
constexpr Micros kHorizon = 8'000'000;

std::uint64_t running = 0;

/// A broken invariant of the daemon aborts: say in which run.
void sayWhichSeed(int) {
  std::fprintf(stderr, "the simulated code aborted in seed %llu\n", static_cast<unsigned long long>(running));
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

}  // namespace

Verdict simulate(const Settings& settings) {
  running = settings.seed;
  std::signal(SIGABRT, sayWhichSeed);
  log::configure(log::Level::error, log::Format::text, "sim");
  World world(settings.seed * 0x9e3779b97f4a7c15U + 1, settings.tracing);
  Verdict verdict;
  Fleet fleet(world, settings.fenceSlips);
  activePlant = settings.plant;
  if (!fleet.open()) world.fail("stuck", "the fleet does not start");
  fleet.live(kHorizon);
  fleet.heal();
  fleet.settle(world.now() + kMinute);
  if (!world.violation()) fleet.judge();
  activePlant = Plant::none;
  verdict.violation = world.violation();
  verdict.operations = fleet.operations();
  verdict.flips = fleet.flips();
  verdict.races = fleet.races();
  verdict.crashes = fleet.crashes();
  verdict.took = world.now();
  verdict.fingerprint = world.fingerprint();
  return verdict;
}

const std::vector<PlantedBug>& plantedBugs() {
  static const std::vector<PlantedBug> all = {
      {"ack_before_flip", Plant::ack_before_flip, false},
      {"flip_before_pins", Plant::flip_before_pins, false},
      {"drop_on_rebase", Plant::drop_on_rebase, false},
      {"unknown_means_lost", Plant::unknown_means_lost, false},
      {"unknown_means_won", Plant::unknown_means_won, false},
      {"rebase_onto_self", Plant::rebase_onto_self, false},
      {"delta_counts_as_complete", Plant::delta_counts_as_complete, false},
      {"answer_from_stale_base", Plant::answer_from_stale_base, false},
      {"fence_slips", Plant::none, true},
  };
  return all;
}

Hunt hunt(Settings settings, std::uint64_t count) {
  Hunt hunted;
  for (; hunted.runs < count; ++settings.seed) {
    ++hunted.runs;
    hunted.seed = settings.seed;
    hunted.last = simulate(settings);
    hunted.operations += hunted.last.operations;
    hunted.flips += hunted.last.flips;
    hunted.races += hunted.last.races;
    hunted.crashes += hunted.last.crashes;
    if (hunted.last.violation) break;
  }
  return hunted;
}

}  // namespace cairn::sim
