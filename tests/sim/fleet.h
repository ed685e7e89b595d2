// The simulated fleet and what befalls it.
//
// Contract: masters come first, one storage node last. crash() cuts a node's power: it severs the process, leaves its
// disk as a power cut would, and hands its clients' operations to the history as unknown. supervise() is the operators'
// and systemd's part: it starts dead nodes again, restarts poisoned ones and gives masters their clients. heal() ends
// all faults for good.
#pragma once

#include <set>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"

namespace cairn::sim {

class Fleet {
 public:
  Fleet(World& world, bool fenceSlips);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Starts the nodes and creates the buckets; false when that failed.
  bool open();
  /// Lets clients loose and faults happen until the clients are done or `horizon` has passed.
  void live(Micros horizon);
  void heal();
  /// Clients end, every master reads everything.
  void settle(Micros deadline);
  void judge();

  std::uint64_t crashes() const { return crashes_; }
  std::uint64_t flips() const { return checks_.flips(); }
  std::size_t races() { return registry_.races().size(); }
  std::size_t operations() const { return clients_.history.size(); }

 private:
  static Habits habits(World& world);
  void chooseFaults();
  void start(std::size_t node);
  void crash(std::size_t node);
  void supervise();
  void befall();
  void cutSomething();
  void fenceSomebody();
  void pauseSomebody();
  bool allServe() const;
  bool clientsFinished() const;
  std::size_t anyNode() { return world_.rng.below(place_.ids.size()); }

  World& world_;
  std::vector<Disk> disks_;
  DiskFaults diskFaults_;
  Network network_;
  Checks checks_;
  RegistryState registry_;
  Place place_;
  Clients clients_;
  std::vector<std::shared_ptr<Life>> lives_;
  std::vector<Micros> startsAt_;
  std::vector<std::vector<Client>> byMaster_;
  std::vector<std::function<void()>> faults_;  ///< the kinds that this run has
  Micros between_ = 100'000;                   ///< faults, at most
  std::uint64_t crashes_ = 0;
  bool healed_ = false, wiped_ = false, closing_ = false;
};

}  // namespace cairn::sim
