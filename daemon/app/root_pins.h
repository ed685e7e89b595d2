// Has kubo pin the buckets' roots: follows the registry's flips and names the newest root of each to the store.
//
// Contract: look() reads what has happened since the last call (the first one lists every bucket), one call at a time;
// the store pins what is complete, some time later. A failure is logged, and made up for by the next call. Roots of
// deleted buckets stay pinned, as everything does until there is a way to delete. Borrows both, which outlive it.
#pragma once

#include "daemon/blocks/kubo/kubo.h"
#include "daemon/registry/registry.h"

namespace cairn::app {

class RootPins {
 public:
  RootPins(registry::Registry& registry, blocks::KuboStore& store) : registry_(registry), store_(store) {}
  Task<void> look();

 private:
  Task<Status> follow();
  Task<Status> list();
  void want(const std::string& owner, const std::string& bucket, const Cid& root);

  registry::Registry& registry_;
  blocks::KuboStore& store_;
  bool listed_ = false;
  std::uint64_t seen_ = 0;  ///< events up to this one
};

}  // namespace cairn::app
