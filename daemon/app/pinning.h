// Who holds a master's roots, as the configuration wants it: this node, other nodes, an ipfs-cluster.
//
// Contract: open() reads credentials and makes everything; errors are for an operator. Borrows what it is given, which
// outlives it; `locate` says where a node's block door is. `fetcher` asks all who may have a block.
#pragma once

#include "daemon/app/config.h"
#include "daemon/pinning/local.h"
#include "daemon/pinning/quorum.h"
#include "daemon/pinning/remote.h"
#include "daemon/registry/registry.h"

namespace cairn::app {

struct Pinning {
  using LocateNode = std::function<std::optional<http::Endpoint>(const MasterId&)>;
  static Result<Pinning> open(const Config& config, blocks::Store& store, http::Client& client, LocateNode locate,
                              Clock& clock, net::io_context& io);

  std::unique_ptr<http::Client> clusterClient;      ///< null without a cluster
  std::unique_ptr<pinning::Fetcher> clusterSource;  ///< what the cluster is sent comes from here
  std::shared_ptr<pinning::LocalHolder> local;
  std::unique_ptr<pinning::Fetcher> fetcher;
  std::shared_ptr<pinning::Follower> follower;  ///< null: nobody follows
  std::unique_ptr<pinning::Quorum> quorum;
};

/// The last roots that the bucket had before `now`, newest first, as far as they can be had.
Task<std::vector<Cid>> rootsBefore(registry::Registry& registry, BucketId bucket, Version now);

}  // namespace cairn::app
