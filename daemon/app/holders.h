// The storage nodes that a master's configuration names: listed in the registry, and heard of there while they answer.
//
// Contract: storage nodes see no registry, so any master that reaches one through its block door, with the key it is
// known by, beats for it. list() once at start; tick() asks each node, returns at once, and asks none twice at a time.
// Borrows registry, client and members, which outlive the plane's tasks.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "daemon/app/config.h"
#include "daemon/app/seam.h"
#include "daemon/fleet/membership.h"
#include "daemon/http/client.h"

namespace cairn::app {

class Holders {
 public:
  Holders(const std::vector<HolderConfig>& nodes, registry::Registry& registry, http::Client& client,
          const fleet::Membership& members);
  Task<Status> list();
  void tick(DataPlane& plane);

 private:
  struct StorageNode {
    HolderConfig config;
    std::atomic<bool> asking{false};
  };
  Task<void> ask(StorageNode& node);

  std::vector<std::unique_ptr<StorageNode>> nodes_;
  registry::Registry& registry_;
  http::Client& client_;
  const fleet::Membership& members_;
};

}  // namespace cairn::app
