// A cluster peer's kubo, as far as blocks are brought there and fetched back (its RPC, /api/v0).
//
// Contract: see service.h for errors and threads. import() returns when kubo has taken all the blocks, which is not
// when they are on its disk (kubo does not say); nothing is pinned by it. fetch() asks for what this kubo has by
// itself, without its network: Errc::not_found when it has not, Errc::corrupt when the bytes are not the block's.
// https://docs.ipfs.tech/reference/kubo/rpc/
#pragma once

#include "daemon/blocks/store.h"
#include "daemon/pinning/cluster/service.h"

namespace cairn::pinning {

class KuboDoor {
 public:
  KuboDoor(http::Client& client, Service service, std::chrono::milliseconds timeout)
      : client_(client), service_(std::move(service)), timeout_(timeout) {}
  Task<Status> import(std::vector<blocks::Block> blocks);
  Task<Result<blocks::BlockData>> fetch(Cid cid);

 private:
  http::Client& client_;
  Service service_;
  std::chrono::milliseconds timeout_;
};

}  // namespace cairn::pinning
