// A DAG as a CAR of version 1, block by block.
//
// Contract: first the blocks that a path to the wanted one passes, then, depth first, parents before children, children
// in the order of their links. next() gives the next bytes of the CAR, at most one block at a time, and nothing at the
// end; the header comes with the first block, so an error of the first call is of the root. Blocks come from the
// source, which verifies or trusts them as it does. Memory: the links that are still to be followed, and the CIDs that
// were sent, at most kMostOnce: beyond that Errc::too_large with Duplicates::once. Errors: those of the source, and
// Errc::corrupt for a block that is not what its codec says. One call at a time; borrows the source.
#pragma once

#include <unordered_set>
#include <vector>

#include "daemon/blocks/source.h"

namespace cairn::pinning {

/// `block`: one block. `entity`: what reading a UnixFS file or listing a directory takes, else one block. `all`:
/// everything below.
enum class DagScope : std::uint8_t { block, entity, all };
/// `few`: once, as far as kMostOnce CIDs can be remembered.
enum class Duplicates : std::uint8_t { once, few, each };

/// Of an entity: inclusive offsets, negative ones from its end. No `to`: to the end.
struct EntityBytes {
  std::int64_t from = 0;
  std::optional<std::int64_t> to;
};

struct CarOrder {
  Cid root;
  DagScope scope = DagScope::all;
  std::optional<EntityBytes> bytes;  ///< with DagScope::entity
  Duplicates duplicates = Duplicates::once;
  /// What a path from `root` passes, `root` first, and where it leads; empty: `root` itself is wanted.
  std::vector<Cid> through{};
  Cid target{};
};

class CarStream {
 public:
  static constexpr std::size_t kMostOnce = 1U << 20;
  /// Nodes that were sent already and are opened once more, for another part of a file.
  static constexpr std::size_t kMostAgain = 1U << 18;
  /// Links that are still to be followed.
  static constexpr std::size_t kMostAhead = 1U << 20;

  CarStream(blocks::Source& source, CarOrder order);
  Task<Result<Bytes>> next();

 private:
  struct Step {
    Cid cid;
    std::uint64_t offset = 0;  ///< in the file, where it is one
  };
  struct Extent {
    std::uint64_t begin = 0, end = 0;
  };
  bool sentBefore(const Cid& cid);
  Status open(const Step& step, BytesView block);
  Status openEntity(const Step& step, BytesView block);
  Status openFile(const Step& step, BytesView block);
  Task<Result<Bytes>> passing(Bytes out);

  blocks::Source& source_;
  CarOrder order_;
  std::size_t passed_ = 0;  ///< of order_.through
  std::vector<Step> todo_;  ///< next one last
  std::unordered_set<Cid> sent_;
  std::size_t again_ = 0;
  std::optional<Extent> wanted_;  ///< of the file; known once its root was read
  bool begun_ = false;
};

}  // namespace cairn::pinning
