// Does what pins ask for: brings each DAG here, has it held by the quorum, and tells the registry.
//
// Contract: thread-safe. look() claims what is due, as much as is free to be worked on, and starts it; it is to be
// called about once a second, and when there is something new. stop() gives up what is under way and hands it back, so
// that another master goes on at once; what this process leaves behind otherwise is taken over when its leases end.
// Runs on strands of `io`, which ends before this does. Everything borrowed outlives it.
//
// Where blocks come from: what the fleet holds counts for a pin only where its owner has shown a right to it, or where
// the fleet gives it to everybody anyway; else every block must come from the pin's origins, so that a pin tells nobody
// what others keep here (docs/decisions/0038-pins.md).
#pragma once

#include <mutex>

#include "daemon/pinning/quorum.h"
#include "daemon/pins/bring.h"
#include "daemon/pins/kubo_peer.h"
#include "daemon/pins/own_content.h"

namespace cairn::pins {

struct WorkerOptions {
  MasterId master;
  bool fetch = false;      ///< from origins and, through kubo, from the network
  bool openHeld = false;   ///< what the fleet holds it gives to everybody
  std::size_t atOnce = 4;  ///< pins under way
  Bounds bounds;
  std::chrono::milliseconds lease = std::chrono::seconds(30);
  std::chrono::milliseconds deadline = std::chrono::hours(1);                          ///< after which a pin has failed
  Duration leastPause = std::chrono::seconds(1), mostPause = std::chrono::minutes(5);  ///< between two attempts
};

/// Borrowed.
struct WorkerParts {
  registry::PinRegistry& pins;
  OwnContent& own;
  blocks::Source& held;  ///< by the fleet
  blocks::Store& store;
  pinning::Quorum& quorum;
  http::Client& origins;  ///< connects only where it may
  KuboPeer* kubo;         ///< null: no network but gateways
  Clock& clock;
  Random& random;
  std::function<void(const registry::PinRow&)> pinned;  ///< is told of each that is
};

class Worker {
 public:
  Worker(net::io_context& io, WorkerOptions options, WorkerParts parts);
  Task<void> look();
  Task<void> stop();
  /// Pins by state, for whoever watches.
  Task<void> count();

 private:
  struct Run;
  struct Ended {
    registry::PinState state = registry::PinState::queued;
    std::string why{};
    bool proved = false;
  };
  Task<void> work(std::shared_ptr<Run> run);
  Task<void> renew(std::shared_ptr<Run> run);
  Task<Ended> attempt(std::shared_ptr<Run> run);
  Task<Status> fetch(std::shared_ptr<Run> run, bool& proved);
  Task<Ended> held(std::shared_ptr<Run> run, bool proved);
  Task<void> report(std::shared_ptr<Run> run, Ended ended);
  std::chrono::milliseconds pause(std::uint64_t attempts);
  void forget(const std::shared_ptr<Run>& run);

  net::io_context& io_;
  const WorkerOptions options_;
  WorkerParts parts_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Run>> runs_;   // guarded by mutex_
  bool looking_ = false, stopping_ = false;  // guarded by mutex_
};

}  // namespace cairn::pins
