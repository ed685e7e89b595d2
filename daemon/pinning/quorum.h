// The quorum of holders that must have a commit's blocks before it flips (design section 6).
//
// Contract. hold() succeeds with the names of those complete for `root` once this node is complete and at least
// `needed` of the others are, and all `required` ones; the rest go on in the background, at most kMostBehind pushes
// each, and catch up with later roots. Those that trail are pushed to at once only where the others do not make the
// quorum, or not soon; else they are told some 100 ms later of the newest root only, with what they lack of it.
// Errc::unavailable names each holder that failed and why. `content` are blocks already in the local store that the new
// root reaches and others may lack; what they turn out to be missing is sent in any case. offer() sends blocks ahead of
// a commit so that a large body does not keep other commits waiting; a failure there is not an error. Past the bounds
// of a follower hold() waits or fails as its rule says (follower.h). Thread-safe. No lock is held while suspended.
#pragma once

#include <map>
#include <mutex>

#include "daemon/pinning/fetch.h"
#include "daemon/pinning/follower.h"
#include "daemon/pinning/holder.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

struct QuorumRule {
  std::size_t needed = 1;    ///< of the others, beside this node
  std::size_t trailing = 0;  ///< of the others, the last so many: storage nodes, on whose roots nobody builds next
  std::size_t required = 0;  ///< behind those in the list: needed by every commit beside the `needed` (a cluster)
};

class Quorum {
 public:
  Quorum(std::shared_ptr<Holder> local, blocks::Store& store, std::vector<std::shared_ptr<Holder>> others,
         QuorumRule rule, Clock* clock = nullptr);  ///< `clock`, needed where some trail, outlives this
  ~Quorum();

  Task<Result<std::vector<MasterId>>> hold(BucketId bucket, Cid root, Origin origin, std::vector<blocks::Block> blocks,
                                           std::vector<Cid> content);
  Task<void> offer(std::vector<Cid> content);
  /// Who is brought along after the flips, and bounds them. Before the first hold.
  void follow(std::shared_ptr<Follower> follower);
  /// `root` is the bucket's current one now.
  void flipped(const BucketId& bucket, const Cid& root);
  /// Makes this node complete for `root`, fetching what is missing. For start-up and for readers that want it all.
  /// `earlier`: roots that the bucket had before, newest first, for who follows.
  Task<Status> catchUp(BucketId bucket, Cid root, std::vector<Cid> earlier = {});

 private:
  struct Shared;  ///< outlives pushes that go on in the background
  struct Lane;
  struct Round;
  static Task<Status> completeHere(std::shared_ptr<Shared> shared, Cid root, Origin origin,
                                   std::vector<blocks::Block> blocks, bool patient);
  static std::vector<std::size_t> choose(Shared& shared, Round& round);
  static Task<void> hedge(std::shared_ptr<Shared> shared, std::weak_ptr<Round> waiting);
  static void later(const std::shared_ptr<Shared>& shared, const net::any_io_executor& executor, std::size_t which,
                    const BucketId& bucket, const Cid& root);
  static Task<void> follow(std::shared_ptr<Shared> shared, std::size_t which);
  static Task<void> offerTo(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round);
  static Task<void> push(std::shared_ptr<Shared> shared, std::size_t which, std::shared_ptr<Round> round);
  static Task<Status> sendAhead(Holder& holder, std::vector<blocks::Block>& blocks);
  static Task<Status> pushUntilComplete(std::shared_ptr<Shared> shared, std::size_t which, const Round& round);
  std::shared_ptr<Shared> shared_;
};

}  // namespace cairn::pinning
