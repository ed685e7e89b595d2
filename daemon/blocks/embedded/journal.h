// The embedded store as a journal in front of another store, which takes its blocks over segment by segment.
//
// Contract. As embedded.h, and: closed segments can be read out in the order in which they were written and, once the
// other store has their blocks durably, released. A released segment is deleted; its blocks stay in the index with
// their complete marks, put() and missing() still count them as held, and get() answers Errc::not_found for them: they
// are to be read from the other store. release() returns when the index that says so is durable. lost() is told of a
// block that was released and that the other store does not have, or has wrong: it is then missing, as a damaged one
// is, also after a restart, and all complete marks are void. Everything is thread-safe, but close to release() by one
// caller at a time.
#pragma once

#include "daemon/blocks/embedded/embedded.h"
#include "daemon/blocks/embedded/scan.h"
#include "daemon/blocks/embedded/seams.h"

namespace cairn::blocks::embedded {

enum class Place { absent, here, released };

struct SegmentSize {
  std::uint32_t id = 0;
  std::uint64_t bytes = 0;  ///< of the file
  bool empty() const { return bytes <= segmentHeaderSize; }
};

class Journal : public EmbeddedStore {
 public:
  virtual Result<Place> find(const Cid& cid) = 0;

  /// Closes the segment that is being written, unless it is empty.
  virtual Task<Status> close() = 0;
  /// Oldest first; the last is being written, the others are closed.
  virtual std::vector<SegmentSize> segments() = 0;
  /// What a closed segment has. Damaged stretches are reported as get() reports a damaged block, and left out.
  virtual Task<Result<std::vector<FoundRecord>>> contents(std::uint32_t segment) = 0;
  /// The blocks of some records that contents() gave, without those that turn out to be damaged.
  virtual Task<Result<std::vector<Block>>> load(std::span<const FoundRecord> records) = 0;
  /// Deletes the closed segments up to `id`.
  virtual Task<Status> release(std::uint32_t id) = 0;
  virtual void lost(const Cid& cid, const Error& why) = 0;
};

Result<std::unique_ptr<Journal>> openJournal(EmbeddedOptions options, Seams seams);

}  // namespace cairn::blocks::embedded
