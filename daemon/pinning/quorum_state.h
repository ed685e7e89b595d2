// What a quorum knows of its holders and of the pushes under way; private to quorum.cpp and pushes.cpp.
//
// Contract: thread-safe as noted at each member; no lock is held while suspended.
#pragma once

#include <algorithm>
#include <deque>

#include "daemon/pinning/gate.h"
#include "daemon/pinning/quorum.h"

namespace cairn::pinning {

constexpr std::size_t kOffersAtOnce = 4;
/// Pushes to one holder at a time, whoever started them.
constexpr std::size_t kMostBehind = 16;

/// What is known of one other holder. All but `holder`, `gate`, `trails` and `required` is guarded by Shared::mutex.
struct Quorum::Lane {
  std::shared_ptr<Holder> holder;
  Gate gate{kOffersAtOnce};  ///< of offers: a slow holder must not hold up another
  bool trails = false;
  bool required = false;         ///< by every commit, whoever else is complete
  std::size_t running = 0;       ///< pushes under way
  bool failing = false;          ///< its last push failed, or took so long that others were asked
  std::map<BucketId, Cid> late;  ///< the newest roots that it still has to be told of
  bool following = false;
};

struct Quorum::Shared {
  std::shared_ptr<Holder> local;
  blocks::Store& store;
  QuorumRule rule;
  Clock* clock;
  Fetcher fetcher;
  std::deque<Lane> lanes;
  std::shared_ptr<Follower> follower;  ///< set before use; may be null
  std::mutex mutex;
};

/// One commit's pushes. Ends for the waiting commit when all that every commit needs have ended and of the others
/// `needed` are complete or too few can still be.
struct Quorum::Round {
  Cid root;
  Origin origin;
  std::vector<blocks::Block> blocks;
  std::vector<Cid> content;
  std::size_t needed = 0;
  std::mutex mutex;
  std::vector<std::size_t> pending;  ///< lanes, but those that every commit needs
  std::vector<std::size_t> reserve;  ///< lanes to be asked only if the others do not answer well and soon
  std::size_t required = 0;          ///< lanes that every commit needs and that have not ended
  bool refused = false;              ///< by one of those
  std::size_t counted = 0;           ///< complete, without those
  std::vector<MasterId> complete;
  std::string failures;
  OneShot<bool> decided;

  /// The lanes to ask now that this one has answered.
  std::vector<std::size_t> ended(std::size_t lane, const MasterId& id, bool isRequired, const Status& status) {
    std::lock_guard lock(mutex);
    if (status)
      complete.push_back(id);
    else
      failures += (failures.empty() ? "" : "; ") + id.get() + ": " + status.error().message;
    if (isRequired) {
      --required;
      refused = refused || !status;
    } else {
      std::erase(pending, lane);
      counted += status ? 1 : 0;
    }
    return decide();
  }
  std::vector<std::size_t> decide() {
    const bool met = counted >= needed;
    if (!met && counted + pending.size() >= needed) return {};
    if (!met && !reserve.empty()) return callReserve();
    if (required == 0) decided.set(met && !refused);
    return {};
  }
  std::vector<std::size_t> callReserve() {
    pending.insert(pending.end(), reserve.begin(), reserve.end());
    return std::exchange(reserve, {});
  }
};

}  // namespace cairn::pinning
