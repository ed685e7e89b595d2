// What `cairnd serve` runs: a node with its listeners, started and stopped in two phases.
//
// Contract: made on the control plane's thread and used from it alone. start() returns when the node serves, or says
// what is wrong; tick() does the periodic duties (heartbeat, lease, membership, gauges) and returns at once; drain()
// stops taking work, waits for what is in flight, and returns. All failures are for an operator to read.
#pragma once

#include <memory>
#include <string>

#include "daemon/app/config.h"
#include "daemon/app/seam.h"

namespace cairn::registry {
class Registry;
}
namespace cairn::app {

/// Where the node listens, for people and scripts.
struct Endpoints {
  std::string s3, api, blocks;  ///< host:port; empty when the profile has none
};

class Node {
 public:
  virtual ~Node() = default;
  virtual Status start() = 0;
  virtual void tick() = 0;
  virtual void drain() = 0;
  virtual Endpoints endpoints() const = 0;
};

std::unique_ptr<Node> makeMaster(const Config& config, DataPlane& plane, std::unique_ptr<registry::Registry> registry);
std::unique_ptr<Node> makeStorage(const Config& config, DataPlane& plane);

}  // namespace cairn::app
