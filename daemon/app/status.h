// What this master knows of itself, kept up to date by its periodic duties.
//
// Contract: thread-safe. Readiness answers from what the last heartbeat, lease and membership reading said; `stale` is
// how old they may be. Reasons are for people.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "daemon/admin/local_status.h"
#include "daemon/blocks/kubo/kubo.h"
#include "daemon/bucket/roots.h"
#include "daemon/pinning/follower.h"
#include "daemon/rt/clock.h"

namespace cairn::app {

class MasterStatus final : public admin::LocalStatus {
 public:
  /// `losesHow`: as in daemon/app/registry.h; said beside the reasons, whether ready or not. `kubo`: `store`, where
  /// that is its engine. `follower` may be null.
  MasterStatus(MasterId node, const bucket::Roots& roots, blocks::Store& store,
               std::shared_ptr<const pinning::Follower> follower, Clock& clock, std::string losesHow,
               blocks::KuboStore* kubo = nullptr)
      : node_(std::move(node)),
        roots_(roots),
        store_(store),
        follower_(std::move(follower)),
        clock_(clock),
        losesHow_(std::move(losesHow)),
        kubo_(kubo) {}

  MasterId node() const override { return node_; }
  std::string version() const override { return CAIRN_VERSION; }
  std::string mode() const override { return "manual"; }
  Task<admin::Ready> ready(admin::Access access) override;
  std::optional<admin::Following> following() const override;

  /// The registry answered a heartbeat just now.
  void heard();
  /// Why this master must not write; empty: it may.
  void setWriteBar(std::string reason);
  /// Gauges of the block store and of who follows, for /metrics.
  void exportGauges(std::uint64_t fetched);
  void setDraining() { draining_ = true; }
  void setServing() { serving_ = true; }
  bool serving() const { return serving_; }

 private:
  MasterId node_;
  const bucket::Roots& roots_;
  blocks::Store& store_;
  const std::shared_ptr<const pinning::Follower> follower_;
  Clock& clock_;
  const std::string losesHow_;
  blocks::KuboStore* kubo_;
  std::atomic<bool> draining_{false}, serving_{false};
  mutable std::mutex mutex_;
  Duration heardAt_{};      // guarded by mutex_
  bool everHeard_ = false;  // guarded by mutex_
  std::string writeBar_;    // guarded by mutex_
};

}  // namespace cairn::app
