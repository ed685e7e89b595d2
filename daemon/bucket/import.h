// A file that comes as blocks: a CAR, and what may be left out of it (docs/formats/import.md).
//
// Contract. write() takes the CAR in pieces of any size; each block is verified against its CID and stored, belonging
// to no bucket. finish() walks the file below the CAR's one root and reads it whole: every block it reaches came in the
// CAR or lies below a content given to mayReuse(), for which the caller answers that whoever imports may read it. Of
// any other block nothing is asked of the store, so that the answer, and how long it takes, are the same whether it is
// there or not. Faults: malformed_car, missing_block, invalid_request (well-formed, but no file or not supported),
// too_large, and those of reading and writing blocks. Memory: some 100 bytes a block, at most kMostImportBlocks of
// them, and about 1 MiB of blocks. After a failure the import is over. One call at a time.
#pragma once

#include "daemon/blocks/source.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

/// Blocks of a CAR, blocks that may be reused, and links followed: each of them.
inline constexpr std::size_t kMostImportBlocks = 1U << 18;
inline constexpr std::size_t kMostImportDepth = 64;
inline constexpr std::uint64_t kMostImportBytes = 5ULL << 30;  ///< of content, as of one PUT

std::unique_ptr<ContentImport> makeContentImport(blocks::Store& store, blocks::Source& source);

}  // namespace cairn::bucket
