// One life of a node: the daemon's object graph as daemon/app wires it, over the simulated world.
//
// Contract: made over a disk, which outlives it. Storage nodes hold; masters register (a new epoch), serve and catch up
// as soon as they are started. ready() once the bucket service may be called. After die() the graph is destroyed with
// the last reference. Everything named in Place outlives it.
#pragma once

#include "daemon/bucket/local_service.h"
#include "daemon/pinning/local.h"
#include "tests/sim/disk.h"
#include "tests/sim/registry.h"

namespace cairn::sim {

struct Place {
  World& world;
  Network& network;
  RegistryState& registry;
  const DiskFaults& diskFaults;
  bucket::EngineOptions options;
  std::vector<MasterId> ids;  ///< of all nodes; masters first
  std::size_t masters = 0;
  Lookup lookup;
};

class NoReceipts final : public bucket::Receipts {
 public:
  Bytes make(const registry::FlipRequest&, BytesView) override { return {}; }
};

class Life final : public Process {
 public:
  Life(Place& place, std::size_t node, Disk& disk);
  void start();
  bool ready() const { return service_ != nullptr && !dead(); }
  bucket::Service& service() { return *service_; }
  pinning::Holder& holder() { return *local_; }
  SimStore& store() { return store_; }
  Clock& clock() { return clock_; }

 private:
  Task<void> startMaster();

  Place& place_;
  std::size_t node_;
  SimStore store_;
  SimClock clock_{*this};
  SimRandom random_;
  NoReceipts receipts_;
  SimRegistry registry_;
  std::shared_ptr<pinning::LocalHolder> local_;
  std::unique_ptr<pinning::Fetcher> fetcher_;
  std::unique_ptr<pinning::Quorum> quorum_;
  std::unique_ptr<bucket::index::NodeSource> nodes_;
  std::unique_ptr<bucket::Roots> roots_;
  bucket::Writer writer_;
  std::unique_ptr<bucket::EngineContext> context_;
  std::unique_ptr<bucket::Service> service_;
};

}  // namespace cairn::sim
