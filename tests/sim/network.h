// Links between nodes and to the registry, and another node as a holder behind one.
//
// Contract: the last index is the registry's. A link is up or down; messages on a link that is up may take long, get
// lost or come twice. remoteHolder() implements pinning::Holder over the other node's own holder: payloads are copied,
// every call ends by its deadline, and an answer that never comes says nothing about whether the call was carried out.
#pragma once

#include "daemon/pinning/holder.h"
#include "tests/sim/process.h"

namespace cairn::sim {

struct NetworkFaults {
  double lost = 0;       ///< a message between nodes
  double doubled = 0;    ///< a request between nodes is carried out twice
  Micros slowest = 500;  ///< of a message
  double straggles = 0;  ///< a message takes up to a hundred times as long
};

class Network {
 public:
  Network(World& world, std::size_t nodes) : world_(world), nodes_(nodes), down_((nodes + 1) * (nodes + 1)) {}
  NetworkFaults faults;

  std::size_t registry() const { return nodes_; }
  bool up(std::size_t a, std::size_t b) const { return !down_[a * (nodes_ + 1) + b]; }
  void cut(std::size_t a, std::size_t b, bool down) {
    down_[a * (nodes_ + 1) + b] = down;
    down_[b * (nodes_ + 1) + a] = down;
  }
  void mend() { std::fill(down_.begin(), down_.end(), false); }
  bool loses() { return world_.rng.chance(faults.lost); }
  Micros delay() {
    Micros d = world_.rng.between(20, faults.slowest);
    return world_.rng.chance(faults.straggles) ? d * static_cast<Micros>(1 + world_.rng.below(100)) : d;
  }

 private:
  World& world_;
  std::size_t nodes_;
  std::vector<bool> down_;
};

/// The process that runs on a node now and what it serves to others; both empty while the node is down.
struct Served {
  std::shared_ptr<Process> process;
  pinning::Holder* holder = nullptr;
};
using Lookup = std::function<Served(std::size_t node)>;

std::shared_ptr<pinning::Holder> remoteHolder(Process& from, std::size_t self, MasterId id, std::size_t node,
                                              Network& network, Lookup lookup);

}  // namespace cairn::sim
