// The part of ipfs-cluster's REST API (1.1) that pinning a root takes.
//
// Contract: see service.h for errors and threads. Answers are hostile until parsed: one that is not what the API
// documents is Errc::unavailable and counts for nothing. pin() asks for a recursive pin, from `update` by way of a pin
// update where the cluster knows that root, so that its kubos look at the difference only; Errc::not_found when it does
// not (any more). status() tells for each peer what it says of a root. recover() has peers that failed try again.
// https://ipfscluster.io/documentation/reference/api/
#pragma once

#include "common/cid/cid.h"
#include "daemon/pinning/cluster/service.h"

namespace cairn::pinning {

/// What one peer says of a root.
struct PeerPin {
  enum class State { pinned, coming, failed };
  std::string peer;  ///< its name, or its id where it has none; printable
  State state = State::coming;
  std::string status;  ///< the API's word
  std::string error;   ///< printable
};

struct Replication {
  int least = -1, most = -1;  ///< -1, -1: on every peer
};

class ClusterRest {
 public:
  ClusterRest(http::Client& client, Service service) : client_(client), service_(std::move(service)) {}
  Task<Status> pin(Cid root, std::optional<Cid> update, std::string name, Replication replication);
  Task<Result<std::vector<PeerPin>>> status(Cid root);
  Task<Status> recover(Cid root);

 private:
  http::Client& client_;
  Service service_;
};

/// The answer to a status request for `root`.
Result<std::vector<PeerPin>> parsePinStatus(BytesView body, const Cid& root);

}  // namespace cairn::pinning
