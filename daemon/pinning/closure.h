// The walk that decides whether a store holds all that a root reaches.
//
// Contract: reads only; follows links from `roots` down to blocks already marked complete. Gives the blocks below
// which nothing is missing but which are not yet marked, children before parents, and the missing ones (at most
// kMostMissing; there may be more below them). Whoever marks the former complete must have synced the store after this
// walk ended. Errc::corrupt for a block that is present but is not what its codec says.
#pragma once

#include <unordered_map>

#include "daemon/pinning/holder.h"

namespace cairn::pinning {

struct Closure {
  std::vector<Cid> present;  ///< to be marked; a root among them only when nothing is missing
  std::vector<Cid> missing;
};

/// Blocks just put, so that they need not be read back.
using Fresh = std::unordered_map<Cid, blocks::BlockData>;

Task<Result<Closure>> closure(blocks::Store& store, std::vector<Cid> roots, const Fresh& fresh);

}  // namespace cairn::pinning
