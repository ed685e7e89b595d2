// Where the index tree is cut into nodes: a pure function of the keys alone.
//
// Let d = SHA-256(key). At level L (0 = leaves) a key starts a node when the big-endian 32-bit word d[4L..4L+3] is
// below 2^32/64; from level 6 on no key does. A run between such keys of more than kMaxItems items is cut again: before
// the item with the least rank (the big-endian 64-bit word d[24..31]; equal ranks: the lesser key) among those at least
// kMinCut items from both ends; and so on in both halves until every piece has at most kMaxItems. So cuts depend on
// contents only, an insertion moves cuts only near it, no node outgrows kMaxItems, and from level 6 on every level has
// at most 1/kMinCut of the nodes of the one below, whatever keys somebody picks.
//
// Contract: pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/bucket/index/node.h"

namespace cairn::bucket::index {

inline constexpr std::size_t kMinCut = 16;
static_assert(2 * kMinCut <= kMaxItems, "a run that is too long must have a place to be cut");

/// Whether `key` starts a node at `level` by its own digest.
bool isBoundary(int level, std::string_view key);

/// Sizes of the pieces into which a run (no boundary key but perhaps the first) is cut, in order. Where it is cut, its
/// items know their ranks afterwards.
std::vector<std::size_t> cutRun(std::span<Item> run);

}  // namespace cairn::bucket::index
