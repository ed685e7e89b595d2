// The quorum of holders that must have a commit's blocks before it flips (design section 6).
//
// Contract. hold() succeeds with the names of those complete for `root` once this node is complete and at least
// `needed` of the others are; the rest go on in the background, at most kMostBehind pushes each, and catch up with
// later roots. Errc::unavailable names each holder that failed and why. `content` are blocks already in the local store
// that the new root reaches and others may lack; what they turn out to be missing is sent in any case. offer() sends
// blocks ahead of a commit so that a large body does not keep other commits waiting; a failure there is not an error.
// Thread-safe. No lock is held while suspended.
#pragma once

#include <map>
#include <mutex>

#include "daemon/pinning/fetch.h"
#include "daemon/pinning/holder.h"

namespace cairn::pinning {

struct QuorumRule {
  std::size_t needed = 1;  ///< of the others, beside this node
};

class Quorum {
 public:
  Quorum(std::shared_ptr<Holder> local, blocks::Store& store, std::vector<std::shared_ptr<Holder>> others,
         QuorumRule rule);
  ~Quorum();

  Task<Result<std::vector<MasterId>>> hold(Cid root, std::optional<Cid> base, std::vector<blocks::Block> blocks,
                                           std::vector<Cid> content);
  Task<void> offer(std::vector<Cid> content);
  /// Makes this node complete for `root`, fetching what is missing. For start-up and for readers that want it all.
  Task<Status> catchUp(Cid root);

 private:
  struct Shared;  ///< outlives pushes that go on in the background
  struct Round;
  static Task<Status> completeHere(std::shared_ptr<Shared> shared, Cid root, std::optional<Cid> base,
                                   std::vector<blocks::Block> blocks, bool patient);
  static Task<void> offerTo(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round);
  static Task<void> push(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round);
  static Task<Status> pushUntilComplete(std::shared_ptr<Shared> shared, std::size_t which, const Round& round);
  std::shared_ptr<Shared> shared_;
};

}  // namespace cairn::pinning
