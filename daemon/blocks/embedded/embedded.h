// The embedded block store: appended segment files, and a RocksDB index of where in them blocks lie.
//
// Contract. openEmbedded() takes the directory for this process alone (Errc::unavailable names the process that has
// it), creates it if need be and recovers whatever a crash or power cut left: everything that a sync() acknowledged is
// there afterwards, what was never acknowledged may or may not be. A damaged or missing index is rebuilt from the
// segments; it is never ahead of them. Damage to acknowledged data (bit rot, a segment moved away) is logged as an
// error, counted in damage(), answered by get() with Errc::corrupt or Errc::not_found, and makes the store forget all
// complete marks; a later put() of a damaged block stores it anew. A disk with less than `reserveBytes` free refuses
// puts with Errc::no_space, and so does a full one, without poisoning the store. get(), put() and missing() look blocks
// up on the caller's thread and hop to another only to read what is not in the page cache. The destructor writes the
// index out, blocking; all calls have been awaited before it, and the executors of their callers are destroyed after
// it. A store keeps a file open per segment: the limit on open files must allow for it. On-disk format:
// docs/formats/blocks.md.
#pragma once

#include <chrono>
#include <string>

#include "daemon/blocks/store.h"

namespace cairn::blocks {

struct EmbeddedOptions {
  std::string directory;
  std::uint64_t segmentBytes = 1ULL << 30;    ///< a segment that reached this is closed; at most 16 GiB
  std::uint64_t cacheBytes = 64ULL << 20;     ///< for the index; block bytes are left to the page cache
  std::uint64_t reserveBytes = 256ULL << 20;  ///< of free disk that puts leave alone
  std::uint64_t replayBytes = 128ULL << 20;   ///< at most about this much of the segments is read again after a crash
  std::size_t knownComplete = 2048 * 1024;    ///< complete marks kept in memory, 32 bytes each
  std::chrono::milliseconds indexEvery{100};  ///< how long what is durable may wait to be indexed
  unsigned readThreads = 4;                   ///< for reads that the page cache cannot answer
};

struct ScrubReport {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t damagedBlocks = 0;
  std::vector<Cid> damaged;             ///< the first 1,000 of them
  std::vector<std::string> unreadable;  ///< stretches of segments that are no records: file, from, to
};

class EmbeddedStore : public Store {
 public:
  /// Reads every segment and verifies each block's CID, at most `bytesPerSecond` fast (0: no limit). What it finds
  /// damaged is from then on missing to the store, so that it is fetched again.
  virtual Task<Result<ScrubReport>> scrub(std::uint64_t bytesPerSecond = 0) = 0;
  /// Damaged stretches and blocks found since the store was opened.
  virtual std::uint64_t damage() = 0;
};

Result<std::unique_ptr<EmbeddedStore>> openEmbedded(EmbeddedOptions options);

}  // namespace cairn::blocks
