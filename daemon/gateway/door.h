// The block door: holds, ingest by masters, and reads of raw blocks (docs/formats/hold.md).
//
//   POST /v0/hold?root=CID[&base=CID]   CAR v1 of new blocks -> DAG-CBOR {missing: [links], complete: bool}
//   POST /v0/blocks                     CAR v1 of blocks sent ahead of a hold; no promise
//   GET|HEAD /ipfs/CID?format=raw       a block that this node has (trustless gateway); 404 otherwise
//
// Contract: handle() is thread-safe. Every block that comes in is verified against its CID before it is stored; memory
// is one batch of blocks. The listener in front decides who may call (mutual TLS with node keys). Answers never depend
// on what other nodes have: nothing is fetched here.
#pragma once

#include "daemon/blocks/store.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/pinning/local.h"

namespace cairn::gateway {

class BlockDoor {
 public:
  explicit BlockDoor(pinning::LocalHolder& holder) : holder_(holder) {}
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);

 private:
  Task<Result<std::vector<blocks::Block>>> receive(http::BodyReader& body);
  Task<void> hold(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response);
  Task<void> store(http::BodyReader& body, http::ResponseWriter& response);
  Task<void> block(const http::Request& request, http::ResponseWriter& response);

  pinning::LocalHolder& holder_;
};

}  // namespace cairn::gateway
