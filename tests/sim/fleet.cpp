#include "tests/sim/fleet.h"

#include <algorithm>

namespace cairn::sim {
namespace {

constexpr std::size_t kNeeded = 2;  ///< complete holders of every root: local + 1
constexpr Micros kSupervise = 20'000;

std::vector<MasterId> names(std::size_t masters) {
  std::vector<MasterId> ids;
  for (std::size_t i = 0; i < masters; ++i) ids.emplace_back("m" + std::to_string(i + 1));
  ids.emplace_back("s1");
  return ids;
}

}  // namespace

Habits Fleet::habits(World& world) {
  static constexpr Micros paces[] = {500, 5000, 50'000};
  Habits h;
  OwnerId owner("alice");
  std::size_t buckets = 1 + world.rng.below(2);
  for (std::size_t i = 0; i < buckets; ++i) h.buckets.push_back({owner, BucketName("b" + std::to_string(i + 1))});
  h.churned = {owner, BucketName("churned")};
  std::size_t keys = 1 + world.rng.below(4);
  for (std::size_t i = 0; i < keys; ++i) h.keys.push_back("k" + std::to_string(i + 1));
  h.think = paces[world.rng.below(3)];
  return h;
}

Fleet::Fleet(World& world, bool fenceSlips)
    : world_(world),
      disks_(3 + world.rng.below(2)),
      network_(world, disks_.size()),
      checks_(world, names(disks_.size() - 1), disks_, kNeeded),
      registry_(world, checks_),
      place_{world, network_, registry_, diskFaults_, {}, names(disks_.size() - 1), disks_.size() - 1, {}},
      clients_(world, habits(world)),
      lives_(disks_.size()),
      startsAt_(disks_.size()),
      byMaster_(place_.masters) {
  registry_.fenceSlips = fenceSlips;
  place_.options.maxAttempts = static_cast<std::uint32_t>(3 + world.rng.below(14));
  place_.options.settleFor = std::chrono::seconds(10);
  place_.lookup = [this](std::size_t node) {
    return lives_[node] ? Served{lives_[node], &lives_[node]->holder()} : Served{};
  };
  for (std::size_t m = 0; m < byMaster_.size(); ++m) {
    std::size_t clients = 1 + world.rng.below(3);
    for (std::size_t c = 0; c < clients; ++c)
      byMaster_[m].emplace_back(clients_, "c" + std::to_string(m + 1) + std::to_string(c + 1),
                                static_cast<int>(6 + world.rng.below(10)));
  }
}

Fleet::~Fleet() {
  closing_ = true;
  for (auto& life : lives_)
    if (life) std::exchange(life, nullptr)->die();
}

void Fleet::start(std::size_t node) {
  lives_[node] = std::make_shared<Life>(place_, node, disks_[node]);
  lives_[node]->start();
  world_.trace(place_.ids[node].get(), "starts");
}

void Fleet::crash(std::size_t node) {
  auto life = std::exchange(lives_[node], nullptr);
  if (!life) return;
  world_.trace(place_.ids[node].get(), "crashes");
  ++crashes_;
  life->die();
  life->store().cutPower();
  if (node < place_.masters)
    for (Client& c : byMaster_[node]) c.abandon();
  startsAt_[node] = world_.now() + world_.rng.between(10'000, 1'500'000);
  if (world_.now() > 0 && !wiped_) checks_.survives(std::nullopt);
}

void Fleet::supervise() {
  if (closing_) return;
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    if (!lives_[i] && (healed_ || world_.now() >= startsAt_[i])) start(i);
    if (lives_[i] && lives_[i]->store().poisoned() && (healed_ || world_.rng.chance(0.1))) crash(i);
    if (i >= place_.masters || !lives_[i] || !lives_[i]->ready()) continue;
    for (Client& c : byMaster_[i])
      if (!c.working() && !c.finished()) c.goOn(lives_[i]);
  }
  world_.after(kSupervise, [this] { supervise(); });
}

bool Fleet::allServe() const {
  for (std::size_t i = 0; i < lives_.size(); ++i)
    if (!lives_[i] || lives_[i]->store().poisoned() || (i < place_.masters && !lives_[i]->ready())) return false;
  return true;
}

bool Fleet::clientsFinished() const {
  for (const auto& clients : byMaster_)
    for (const Client& c : clients)
      if (!c.finished()) return false;
  return true;
}

bool Fleet::open() {
  for (std::size_t i = 0; i < lives_.size(); ++i) start(i);
  if (!world_.run(10'000'000, [this] { return allServe(); })) return false;
  bool made = false;
  auto create = [](std::shared_ptr<Life> life, std::vector<BucketId> buckets, bool& done) -> Task<void> {
    for (const BucketId& b : buckets) {
      auto created = co_await life->service().createBucket(b);
      if (!created) life->world.fail("answers", "a bucket cannot be created: " + created.error().message);
    }
    done = true;
  };
  spawn(lives_[0]->executor.io.get_executor(), create(lives_[0], clients_.habits.buckets, made));
  return world_.run(10'000'000, [&] { return made; });
}

void Fleet::live(Micros horizon) {
  chooseFaults();
  supervise();
  befall();
  world_.run(world_.now() + horizon, [this] { return clientsFinished(); });
}

void Fleet::settle(Micros deadline) {
  if (!world_.run(deadline, [this] { return clientsFinished() && allServe(); })) {
    world_.fail("stuck", "all faults are over, and still operations have not ended or masters do not serve");
    return;
  }
  std::vector<Client> readers;
  readers.reserve(place_.masters);
  for (std::size_t m = 0; m < place_.masters; ++m) {
    readers.emplace_back(clients_, "r" + std::to_string(m + 1), 0);
    spawn(lives_[m]->executor.io.get_executor(), readers[m].readAll(lives_[m]));
  }
  auto done = [&] {
    return std::all_of(readers.begin(), readers.end(), [](const Client& r) { return r.readEverything(); });
  };
  if (!world_.run(deadline, done))
    world_.fail("stuck", "all faults are over, and still not everything can be read everywhere");
  for (std::size_t m = 0; m < place_.masters; ++m)  // what is left of the readers ends with their masters
    if (auto life = std::exchange(lives_[m], nullptr)) life->die();
}

void Fleet::judge() {
  if (wiped_)
    checks_.survives(std::nullopt);  // the one failure that was promised to be survived is spent
  else
    for (std::size_t i = 0; i < disks_.size(); ++i) checks_.survives(i);
  clients_.history.check(world_);
}

}  // namespace cairn::sim
