// Brings a DAG into the local store, block by block, from wherever a source has it.
//
// Contract: bring() follows every link from `root`, asks `from` for kAtOnce blocks at a time, and puts each into
// `store`, not durably: whoever holds the DAG afterwards syncs. `from` gives only bytes that hash to the CID. Nothing
// is skipped because the store has it already. It stops between two rounds once `stop` is set: Errc::cancelled. Errors:
// those of the source; Errc::unavailable where the store does not take it; Errc::too_large past a bound;
// Errc::unsupported for a link to a format or hash that Cairn does not read, Errc::corrupt for a block that is not what
// its codec says; both name the block. Memory: the CIDs seen, which are as many as blocks, and a round's blocks.
#pragma once

#include <atomic>

#include "daemon/blocks/source.h"
#include "daemon/blocks/store.h"

namespace cairn::pins {

/// bitswap's own limit.
inline constexpr std::size_t kMostBlock = 2U << 20;

struct Bounds {
  std::uint64_t blocks = 1U << 18;
  std::uint64_t bytes = 16ULL << 30;
};

/// How far it is; read while it goes on.
struct Progress {
  std::atomic<std::uint64_t> blocks{0}, bytes{0};
  std::atomic<bool> stop{false};
};

Task<Status> bring(blocks::Source& from, blocks::Store& store, Cid root, Bounds bounds, Progress& progress);

}  // namespace cairn::pins
