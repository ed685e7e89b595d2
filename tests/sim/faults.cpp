// What befalls a fleet. Every run has some kinds of fault and not others, so that each is also seen alone.
#include "tests/sim/fleet.h"

namespace cairn::sim {

void Fleet::chooseFaults() {
  Rng& rng = world_.rng;
  auto some = [&](double most) { return rng.chance(0.4) ? most * static_cast<double>(1 + rng.below(10)) / 10 : 0; };
  between_ = rng.chance(0.3) ? 100'000 : 1'000'000;
  network_.faults.lost = some(0.1);
  network_.faults.doubled = some(0.2);
  network_.faults.straggles = some(0.1);
  diskFaults_.syncFails = some(0.02);
  diskFaults_.slowest = rng.chance(0.3) ? 50'000 : 2000;
  registry_.faults.requestLost = some(0.05);
  registry_.faults.answerLost = some(0.15);
  registry_.faults.late = some(0.1);
  registry_.faults.repeated = some(1.0);
  registry_.faults.waits = rng.chance(0.5) ? 0.5 : 0.05;
  if (rng.chance(0.6)) faults_.push_back([this] { crash(anyNode()); });
  if (rng.chance(0.4)) faults_.push_back([this] { cutSomething(); });
  if (rng.chance(0.4)) faults_.push_back([this] { fenceSomebody(); });
  if (rng.chance(0.3)) faults_.push_back([this] { pauseSomebody(); });
  if (rng.chance(0.2)) faults_.push_back([this] { registry_.thin(5'000'000); });
  if (rng.chance(0.2))
    faults_.push_back([this] {
      if (std::exchange(wiped_, true)) return;
      std::size_t node = anyNode();
      crash(node);
      disks_[node].wipe(world_.now());
      world_.trace(place_.ids[node].get(), "loses its disk");
      checks_.survives(std::nullopt);
    });
}

void Fleet::befall() {
  if (healed_ || closing_) return;
  if (!faults_.empty()) faults_[world_.rng.below(faults_.size())]();
  world_.after(world_.rng.between(between_ / 20, between_), [this] { befall(); });
}

void Fleet::cutSomething() {
  std::size_t a = anyNode(), b = world_.rng.below(place_.ids.size() + 1);
  if (a == b) return;
  world_.trace(place_.ids[a].get(),
               "is cut off from " + (b == network_.registry() ? "the registry" : place_.ids[b].get()));
  network_.cut(a, b, true);
  world_.after(world_.rng.between(1000, 4'000'000), [this, a, b] { network_.cut(a, b, false); });
}

/// An operator fences a master that goes on running, and later restarts it unfenced.
void Fleet::fenceSomebody() {
  std::size_t m = world_.rng.below(place_.masters);
  registry_.fence(place_.ids[m]);
  world_.after(world_.rng.between(1000, 800'000), [this, m] {
    if (healed_) return;
    crash(m);
    registry_.unfence(place_.ids[m]);
  });
}

void Fleet::pauseSomebody() {
  auto life = lives_[anyNode()];
  if (!life) return;
  world_.trace(life->name, "is stopped");
  life->executor.paused = true;
  world_.after(world_.rng.between(1000, 2'000'000), [life] {
    life->executor.paused = false;
    life->trace("goes on");
  });
}

void Fleet::heal() {
  world_.trace("all", "is healed");
  healed_ = true;
  network_.mend();
  network_.faults = {};
  diskFaults_ = {};
  registry_.faults = {};
  for (auto& life : lives_)
    if (life) life->executor.paused = false;
  for (std::size_t m = 0; m < place_.masters; ++m) {
    bool fenced = registry_.masters()[place_.ids[m]].fenced;
    if (!fenced) continue;
    crash(m);
    registry_.unfence(place_.ids[m]);
  }
}

}  // namespace cairn::sim
