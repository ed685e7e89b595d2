// Blocks by CID, wherever they are.
//
// Contract: thread-safe. get() answers Errc::not_found when nobody asked has the block, and never bytes that do not
// hash to the CID. Implemented over the local store alone, and with other holders behind it (daemon/pinning/fetch.h).
#pragma once

#include "common/cid/cid.h"
#include "daemon/blocks/block_data.h"
#include "daemon/rt/async.h"

namespace cairn::blocks {

class Source {
 public:
  virtual ~Source() = default;
  virtual Task<Result<BlockData>> get(Cid cid) = 0;
};

}  // namespace cairn::blocks
