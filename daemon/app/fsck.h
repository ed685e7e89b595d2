// An offline check of one node: its block store, that every bucket's root has all it reaches, and its indexes' shape.
//
// Contract. check() takes the block store for itself, so it fails with Errc::unavailable, naming the process, while a
// daemon has it; other nodes may run. It opens the store as a start does (what a crash left torn is cut off), reads
// every block and compares it with its CID, and walks from each root pointer of the registry over all links, trusting
// no mark; where nothing is missing, both indexes must be those that their contents give. What the scrub finds damaged
// counts as missing in that walk, and voids the store's marks, so that the next start fetches it again. A storage node
// has no registry: only its blocks are checked. Errors say why nothing was checked.
#pragma once

#include "common/base/ids.h"
#include "daemon/app/config.h"
#include "daemon/blocks/embedded/embedded.h"

namespace cairn::app {

enum class BucketState {
  whole,       ///< everything that the root reaches is here
  elsewhere,   ///< not all is here, and no flip said so: others hold it
  lost,        ///< not all is here, although the flip counted this node among those that have it
  unreadable,  ///< the root, or a block below it, is not what Cairn writes
};
std::string_view toString(BucketState state);

struct BucketCheck {
  std::string bucket;  ///< owner/name
  Version version;
  std::string root;
  std::uint64_t keys = 0, present = 0;  ///< present: blocks with all below them
  std::vector<Cid> missing;             ///< the first pinning::kMostMissing
  std::vector<MasterId> holders;        ///< complete for this root, says its flip
  BucketState state = BucketState::whole;
  std::string why;  ///< for those that cannot be read
};

struct Findings {
  std::string directory;
  blocks::ScrubReport blocks;
  std::uint64_t damage = 0;  ///< stretches and blocks: also what opening the store found
  std::vector<BucketCheck> buckets;
  /// Nothing is damaged, and nothing is missing that should be here.
  bool good() const;
};

Result<Findings> check(const Config& config);

}  // namespace cairn::app
