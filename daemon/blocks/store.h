// A store of content-addressed blocks on one node.
//
// Contract. All calls are thread-safe and suspend instead of blocking the data plane for long. put() makes a block
// readable at once, not durable; sync() returns when every block put before the call is durable. After a failed write
// or sync the store is poisoned: every later put and sync answers Errc::io until the process reopens it; reads go on.
// get() verifies a fast checksum of what the disk gave; Errc::corrupt is never turned into bytes. put() trusts the
// caller that `data` hashes to the CID (verify at ingest and fetch); a block already present is not stored again, but a
// later sync() covers it all the same. Nothing is ever deleted yet.
//
// Complete: a block is complete when it and all that it reaches are durably here. The mark is set only through
// markComplete(), which the closure walk (daemon/pinning/closure.h) calls bottom up; it survives restarts or is
// forgotten, but is never wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/cid/cid.h"
#include "daemon/blocks/block_data.h"
#include "daemon/rt/async.h"

namespace cairn::blocks {

struct Block {
  Cid cid;
  BlockData data;
};

struct Stats {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;      ///< of block data, without framing
  std::uint64_t diskBytes = 0;  ///< of all files
  bool poisoned = false;
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Task<Status> put(std::vector<Block> blocks) = 0;
  virtual Task<Status> sync() = 0;
  /// put(), then sync(): an implementation may do both in one step.
  virtual Task<Status> putDurably(std::vector<Block> blocks) {
    if (auto s = co_await put(std::move(blocks)); !s) co_return s;
    co_return co_await sync();
  }
  /// Errc::not_found when absent.
  virtual Task<Result<BlockData>> get(Cid cid) = 0;
  /// Which of `cids` are absent, in order.
  virtual Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) = 0;

  /// Which of `cids` are marked complete (same order, one flag each). Never suspends for long: a cache answers most.
  virtual std::vector<bool> complete(std::span<const Cid> cids) = 0;
  /// Marks blocks that are durable here and whose links are all complete. The caller has seen to both.
  virtual void markComplete(std::span<const Cid> cids) = 0;

  virtual Stats stats() = 0;
};

}  // namespace cairn::blocks
