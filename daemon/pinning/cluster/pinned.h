// Which roots a cluster's peers report pinned, and waiting until enough of them do.
//
// Contract: thread-safe. pinnedBy() says how many peers report a root pinned, at most `peers`: of roots for which
// wait() succeeded from memory, of others by asking once. wait() asks again and again, at first when pins have lately
// been done, then more and more seldom, kAtOnce questions at a time over all roots; peers that failed are told to try
// again now and then. It ends with Errc::timeout after `timeout`; the message says what each peer said last.
#pragma once

#include <mutex>

#include "daemon/pinning/cluster/recent.h"
#include "daemon/pinning/cluster/rest.h"
#include "daemon/pinning/gate.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

class PinnedRoots {
 public:
  PinnedRoots(ClusterRest& rest, Clock& clock, std::size_t peers, Duration timeout)
      : rest_(rest), clock_(clock), peers_(peers), timeout_(timeout) {}
  Task<Result<std::size_t>> pinnedBy(Cid root);
  Task<Status> wait(Cid root);
  /// Something remembered turned out to be wrong.
  void forget() { known_.clear(); }

 private:
  Task<Result<std::vector<PeerPin>>> ask(Cid root);
  std::size_t count(const std::vector<PeerPin>& peers) const;
  void learn(Duration took);
  Duration firstLook();

  static constexpr std::size_t kAtOnce = 4;
  ClusterRest& rest_;
  Clock& clock_;
  Gate gate_{kAtOnce};
  const std::size_t peers_;
  const Duration timeout_;
  std::mutex mutex_;
  Duration usual_ = std::chrono::milliseconds(50);  ///< how long pins take
  Recent known_{4096};
};

}  // namespace cairn::pinning
