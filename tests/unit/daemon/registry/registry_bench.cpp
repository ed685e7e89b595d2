// Flips a second through the engine, for `./dev bench registry`: registry_bench URL-FILE SESSIONS BUCKETS SECONDS
// Each bucket flips again as soon as it has its answer. Prints one JSON object.
#include <chrono>
#include <cstdio>
#include <fstream>

#include "daemon/registry/postgres/postgres.h"
#include "daemon/rt/clock.h"

namespace cairn::registry {
namespace {

using Steady = std::chrono::steady_clock;

struct Run {
  Registry& registry;
  Epoch epoch;
  Random& random;
  Steady::time_point end;
  std::uint64_t won = 0, other = 0;
  std::string why;
};

Task<void> flipOn(Run& run, std::string name) {
  FlipRequest r;
  r.bucket = {OwnerId("bench"), BucketName(std::move(name))};
  auto row = co_await run.registry.read(r.bucket);
  if (!row) co_return;
  r.expectedRoot = row->root;
  r.expectedVersion = row->version;
  r.master = MasterId("bench");
  r.holders = {MasterId("bench"), MasterId("s1")};
  r.operations = {3, 2, 1};
  r.receipt = Bytes(420, 7);  // about what one weighs
  r.epoch = run.epoch;
  while (Steady::now() < run.end) {
    r.commit = newCommitId(run.random);
    r.nextRoot = Cid::of(Codec::dag_cbor, asBytes(r.commit.hex()));
    FlipResult result = co_await run.registry.flip(r);
    if (result.status != FlipStatus::won) {
      ++run.other;
      run.why = result.reason;
      co_return;
    }
    ++run.won;
    r.expectedRoot = result.current.root;
    r.expectedVersion = result.current.version;
  }
}

Task<void> flipAll(Registry& registry, std::size_t buckets, int seconds) {
  Master m;
  m.id = MasterId("bench");
  m.cas = true;
  auto registered = co_await registry.registerMaster(m);
  if (!registered) co_return;
  auto random = systemRandom();
  const auto begun = Steady::now();
  Run run{registry, registered->epoch, *random, begun + std::chrono::seconds(seconds), 0, 0, {}};
  auto one = [](Run& r, std::string name) -> Task<int> {
    co_await flipOn(r, std::move(name));
    co_return 0;
  };
  std::vector<Task<int>> tasks;
  for (std::size_t i = 0; i < buckets; ++i) tasks.push_back(one(run, "b" + std::to_string(i)));
  (void)co_await all(std::move(tasks));
  const double took = std::chrono::duration<double>(Steady::now() - begun).count();
  std::printf("{\"flips_per_second\": %.1f, \"won\": %llu, \"not_won\": %llu, \"why\": \"%s\"}\n",
              static_cast<double>(run.won) / took, static_cast<unsigned long long>(run.won),
              static_cast<unsigned long long>(run.other), run.why.c_str());
}

}  // namespace
}  // namespace cairn::registry

int main(int argc, char** argv) {
  using namespace cairn;
  if (argc != 5) return 2;
  registry::PostgresOptions options;
  std::ifstream(argv[1]) >> options.url;
  options.flipSessions = std::strtoul(argv[2], nullptr, 10);
  net::io_context io(1);  // outlives the registry
  auto opened = registry::openPostgres(options);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 1;
  }
  spawn(io.get_executor(), registry::flipAll(**opened, std::strtoul(argv[3], nullptr, 10),
                                             static_cast<int>(std::strtol(argv[4], nullptr, 10))));
  io.run();
  return 0;
}
