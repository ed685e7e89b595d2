// cairn-sim: runs the simulation for seeds from the command line. docs/simulator.md tells how to read a trace.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "tests/sim/simulation.h"

namespace {

using namespace cairn;

constexpr const char* kUsage =
    "cairn-sim [--seed S] [--seeds N] [--plant NAME|list] [--verbose]\n"
    "Runs seeds S, S+1, ... (N of them; one by default) until a checker finds a violation: exit code 1.\n";

int report(const sim::Settings& settings, const sim::Hunt& hunted, const char* plant, double seconds) {
  const auto& v = hunted.last;
  std::printf("%llu seeds, %llu operations, %llu flips, %llu recorded races, %llu crashes in %.1f s (%.1f seeds/s)\n",
              static_cast<unsigned long long>(hunted.runs), static_cast<unsigned long long>(hunted.operations),
              static_cast<unsigned long long>(hunted.flips), static_cast<unsigned long long>(hunted.races),
              static_cast<unsigned long long>(hunted.crashes), seconds, static_cast<double>(hunted.runs) / seconds);
  if (hunted.runs == 1) std::printf("fingerprint %016llx\n", static_cast<unsigned long long>(v.fingerprint));
  if (!v.violation) return 0;
  std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(hunted.seed), v.violation->checker.c_str(),
              v.violation->what.c_str());
  if (!settings.tracing)
    std::printf("replay: cairn-sim --seed %llu --plant %s --verbose\n", static_cast<unsigned long long>(hunted.seed),
                plant);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  sim::Settings settings;
  std::uint64_t count = 1;
  const char* plant = "none";
  for (int i = 1; i < argc; ++i) {
    bool more = i + 1 < argc;
    if (std::strcmp(argv[i], "--verbose") == 0) {
      settings.tracing = true;
    } else if (std::strcmp(argv[i], "--seed") == 0 && more) {
      settings.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seeds") == 0 && more) {
      count = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--plant") == 0 && more) {
      plant = argv[++i];
    } else {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  bool known = std::strcmp(plant, "none") == 0;
  for (const auto& bug : sim::plantedBugs()) {
    if (std::strcmp(plant, "list") == 0) std::puts(bug.name);
    if (std::strcmp(plant, bug.name) != 0) continue;
    settings.plant = bug.plant;
    settings.fenceSlips = bug.fenceSlips;
    known = true;
  }
  if (std::strcmp(plant, "list") == 0) return 0;
  if (!known) {
    std::fprintf(stderr, "no planted bug is called %s; --plant list names them\n", plant);
    return 2;
  }
  auto begun = std::chrono::steady_clock::now();
  sim::Hunt hunted = sim::hunt(settings, count);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  return report(settings, hunted, plant, took.count());
}
