// A local kubo as a peer of the IPFS network: who it is, whom it is told to connect to, and what it gets from others.
//
// Contract: thread-safe; calls suspend on the caller's executor, which is a strand. fetch() asks the network as well,
// and gives what hashes to the CID: Errc::not_found when nobody gave it in time, Errc::too_large over kMostBlock,
// Errc::unavailable when kubo does not answer. connect() has kubo dial an origin, at an address that was resolved and
// allowed here, so that no name is looked up a second time; that it fails is no error. addresses() are those under
// which kubo says that others reach it, remembered for a while; empty when it does not answer. Source:
// https://docs.ipfs.tech/reference/kubo/rpc/
#pragma once

#include <mutex>

#include "common/cid/cid.h"
#include "daemon/blocks/block_data.h"
#include "daemon/http/client.h"
#include "daemon/pins/multiaddr.h"
#include "daemon/pins/networks.h"
#include "daemon/rt/clock.h"

namespace cairn::pins {

class KuboPeer {
 public:
  KuboPeer(net::io_context& io, http::Endpoint rpc, Networks networks, Clock& clock);

  Task<Result<blocks::BlockData>> fetch(Cid cid);
  Task<void> connect(PeerAddress origin);
  Task<std::vector<std::string>> addresses();

 private:
  Task<Result<http::Response>> call(std::string target, std::chrono::milliseconds timeout, std::uint64_t mostBytes);
  Task<std::vector<std::string>> dialled(PeerAddress origin);

  net::io_context& io_;
  const http::Endpoint rpc_;
  const Networks networks_;
  Clock& clock_;
  http::Client client_;
  std::mutex mutex_;
  std::vector<std::string> addresses_;  // guarded by mutex_
  std::optional<Duration> askedAt_;     // guarded by mutex_
};

}  // namespace cairn::pins
