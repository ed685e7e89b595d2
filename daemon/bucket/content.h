// Content in and out of blocks: bodies are cut into 1 MiB leaves as they arrive, and read back leaf by leaf.
//
// Contract: see ContentWriter and ContentReader in service.h. Memory: one leaf while writing, three while
// reading. Blocks are put to the store as they fill, not synced: the commit does that. A body of at most 64 KiB
// is left to the commit altogether.
#pragma once

#include "common/cid/unixfs.h"
#include "daemon/blocks/source.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

std::unique_ptr<ContentWriter> makeContentWriter(blocks::Store& store, std::uint64_t sizeHint, LeafTap tap = {});
std::unique_ptr<ContentReader> makeContentReader(blocks::Source& source, const Cid& content, std::uint64_t offset,
                                                 std::uint64_t length);

/// Calls `leaf(cid, bytes)` for each raw leaf of `content`, in order. A raw `content` is its own only leaf, of `size`
/// bytes.
Task<Status> forEachLeaf(blocks::Source& source, Cid content, std::uint64_t size,
                         std::function<Status(const Cid&, std::uint64_t)> leaf);

}  // namespace cairn::bucket
