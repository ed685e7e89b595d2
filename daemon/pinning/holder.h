// A holder: somebody who promises to keep a root and all that it reaches.
//
// Contract. hold() puts `blocks` (which hash to their CIDs: an implementation that gets them from outside verifies
// first) and answers complete only if `root` and everything it reaches is durably stored by this holder; otherwise it
// names what is missing, at most kMostMissing at a time, and keeps what it got. `origin` lets an implementation look at
// the difference only. store() takes blocks ahead of a hold, without
// a promise. fetch() gives one block, verified; Errc::not_found when this holder does not have it. Every call ends by
// itself within the implementation's own deadline. Thread-safe. Docs: docs/formats/hold.md.
#pragma once

#include <optional>
#include <vector>

#include "common/base/ids.h"
#include "daemon/blocks/store.h"

namespace cairn::pinning {

inline constexpr std::size_t kMostMissing = 4096;

struct HoldAnswer {
  bool complete = false;
  std::vector<Cid> missing;
};

/// Where a root comes from.
struct Origin {
  std::optional<Cid> base;  ///< the root that it was made from; nullopt also when it is the first
  /// All that the root reaches is reached by `base`, is one of the blocks that come along, or is reached by one of
  /// these. Only whoever made the root in this process may say so; from elsewhere it stays empty.
  std::optional<std::vector<Cid>> added;
  /// Roots that the bucket had before, newest first, for a holder that may not have the base but one of them.
  std::vector<Cid> earlier = {};
};

class Holder {
 public:
  virtual ~Holder() = default;
  virtual MasterId id() const = 0;
  virtual Task<Result<HoldAnswer>> hold(Cid root, Origin origin, std::vector<blocks::Block> blocks) = 0;
  virtual Task<Status> store(std::vector<blocks::Block> blocks) = 0;
  virtual Task<Result<blocks::BlockData>> fetch(Cid cid) = 0;
};

}  // namespace cairn::pinning
