// An ipfs-cluster as a holder (docs/decisions/0025-cluster.md).
//
// Contract: see Holder. hold() sends what `root` reaches and its base does not to the configured kubos, has the cluster
// pin `root`, and answers complete once at least `peers` of the cluster's peers report that very root pinned; it never
// answers with what is missing, for it reads that itself from `source`. What a base reaches is taken to be there where
// at least one peer reports the base pinned, now or before to this process; else all that `root` reaches is sent.
// Errc::timeout after `timeout`, with what each peer said last. A pin is asked for once and its state asked again and
// again, a few at a time over all roots, more seldom the longer it takes. Nothing is ever unpinned. Without kubos the
// cluster's own must be able to get at the blocks by themselves. store() and fetch() are the kubos'. Borrows source,
// client and clock.
#pragma once

#include "daemon/blocks/source.h"
#include "daemon/pinning/cluster/kubo.h"
#include "daemon/pinning/cluster/rest.h"
#include "daemon/pinning/holder.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

struct ClusterOptions {
  Service rest;
  std::vector<Service> kubos;  ///< of its peers, sent to directly; one that takes the blocks is enough
  std::size_t peers = 1;
  Replication replication;
  std::chrono::milliseconds timeout{15'000};
};

/// The name under which flips record a cluster; no node may have it.
inline constexpr const char* kClusterName = "cluster";

std::shared_ptr<Holder> makeClusterHolder(ClusterOptions options, http::Client& client, blocks::Source& source,
                                          Clock& clock);

}  // namespace cairn::pinning
