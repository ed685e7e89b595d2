// A kubo node as the block store needs it, so that tests can put another one underneath.
//
// Contract: thread-safe; calls run on the executor of the caller, which is a strand or single-threaded, and end within
// a deadline of their own. All may be repeated. Errors: unavailable (not reached, or no whole answer in time), io (kubo
// refused, for want of space say, or answered what cannot be right; the message says which), not_found (get() of a
// block that kubo does not have), invalid (see import()).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/blocks/kubo/durability.h"
#include "daemon/blocks/store.h"

namespace cairn::blocks::kubo {

struct About {
  std::string version;    ///< "0.39.0"
  std::string peer;       ///< its peer id
  std::string instance;   ///< differs between any two processes that answer under this address
  bool collects = false;  ///< its own garbage collection is on
  Durability durability = Durability::unknown;
  std::string datastore;  ///< for people: what durability was concluded from
};

class Node {
 public:
  virtual ~Node() = default;
  virtual Task<Result<About>> about() = 0;
  virtual Task<Result<std::string>> instance() = 0;
  /// Success says that kubo took all of them; they are as durable as kubo's datastore makes them, see makeDurable().
  /// Errc::invalid: one of them is not what its codec or CID says. Any that hashes to its CID can still be put alone.
  virtual Task<Status> import(std::vector<Block> blocks) = 0;
  virtual Task<Status> put(Block block) = 0;
  /// From kubo's own disk only. The bytes are not verified.
  virtual Task<Result<BlockData>> get(Cid cid) = 0;
  /// When it succeeds, all that import() answered for before the call is durable, provided that instance() was the same
  /// all the while.
  virtual Task<Status> makeDurable(Durability how) = 0;
  /// Pins `root` recursively, looking only at its difference to `from` where that is pinned. All blocks must be there.
  virtual Task<Status> pin(Cid root, std::optional<Cid> from, std::string name) = 0;
};

}  // namespace cairn::blocks::kubo
