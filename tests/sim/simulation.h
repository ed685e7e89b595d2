// One run: a fleet, its clients, what befalls them, and the verdict of the checkers.
//
// Contract: simulate() is a function of its settings alone: equal settings give equal verdicts, fingerprints included.
// Which kinds of fault a run has, how many, and how busy its clients are, is drawn from the seed. After the faults
// everything is healed, and what is under way must end within a minute of virtual time ("stuck"); then every master
// reads every key, each node in turn is thought away ("durability"), and the histories are checked. One thread at a
// time: planted bugs are global.
#pragma once

#include "daemon/pinning/plant.h"
#include "tests/sim/world.h"

namespace cairn::sim {

struct Settings {
  std::uint64_t seed = 1;
  Plant plant = Plant::none;
  bool fenceSlips = false;  ///< the one planted bug that lives in the registry
  bool tracing = false;
};

struct Verdict {
  std::optional<Violation> violation;
  std::uint64_t operations = 0, flips = 0, races = 0, crashes = 0;
  Micros took = 0;  ///< of virtual time
  std::uint64_t fingerprint = 0;
};

Verdict simulate(const Settings& settings);

/// A bug by name ("drop_on_rebase", "fence_slips", ..., "none"); nullopt for any other name.
struct PlantedBug {
  const char* name;
  Plant plant;
  bool fenceSlips;
};
const std::vector<PlantedBug>& plantedBugs();

/// Simulates seeds first, first + 1, ... until a violation or `count` runs. Gives the seeds done.
struct Hunt {
  std::uint64_t runs = 0;
  std::uint64_t seed = 0;  ///< of the last run
  Verdict last;
  std::uint64_t operations = 0, flips = 0, races = 0, crashes = 0;
};
Hunt hunt(Settings settings, std::uint64_t count);

}  // namespace cairn::sim
