#include "daemon/app/status.h"

#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::app {
namespace {
constexpr Duration kStale = std::chrono::seconds(10);
}

Task<admin::Ready> MasterStatus::ready(admin::Access access) {
  admin::Ready out;
  auto bar = [&](std::string reason) { out.reasons.push_back(std::move(reason)); };
  if (!serving_) bar("starting");
  if (draining_) bar("draining: this master is being stopped");
  {
    std::lock_guard lock(mutex_);
    if (!everHeard_ || clock_.steady() - heardAt_ > kStale) bar("the registry has not answered for 10 s or more");
    if (access == admin::Access::write && !writeBar_.empty()) bar(writeBar_);
  }
  if (auto halted = roots_.halted()) bar(*halted);
  if (access == admin::Access::write && store_.stats().poisoned)
    bar("the block store stopped taking writes after a failed sync; restart cairnd once the disk is sound");
  const blocks::KuboStatus kubo = kubo_ != nullptr ? kubo_->kubo() : blocks::KuboStatus{};
  if (access == admin::Access::write && kubo_ != nullptr && kubo.movingBytes == 0 &&
      kubo.journalBytes >= kubo.journalLimit)
    bar("the journal before kubo is full");
  if (access == admin::Access::write && follower_ && follower_->rule().stops)
    if (std::string reason = follower_->pastBound(); !reason.empty()) bar(std::move(reason));
  out.ready = out.reasons.empty();
  if (const std::string how = registry_.losesHow(); !how.empty()) bar("registry: " + how);
  if (!kubo.problem.empty()) bar(kubo.problem);  // which the journal bridges
  co_return out;
}

std::optional<admin::Following> MasterStatus::following() const {
  if (!follower_) return std::nullopt;
  auto lag = follower_->lag();
  return admin::Following{lag.roots, static_cast<std::uint64_t>(lag.age.count() / 1000), std::move(lag.trouble)};
}

void MasterStatus::heard() {
  std::lock_guard lock(mutex_);
  heardAt_ = clock_.steady();
  everHeard_ = true;
}

void MasterStatus::setWriteBar(std::string reason) {
  static auto& barred =
      metrics::gauge("cairn_write_barred", "1 while this master may not write: fenced, or not the writer");
  barred.Set(reason.empty() ? 0 : 1);
  {
    std::lock_guard lock(mutex_);
    if (reason == writeBar_) return;
    writeBar_ = reason;
  }
  if (reason.empty())
    log::info("app", "this master may write again");
  else
    log::warning("app", "this master only reads", {{"why", reason}});
}

void MasterStatus::exportGauges(std::uint64_t fetched) {
  static auto& blocks = metrics::gauge("cairn_blocks", "Blocks in the local store");
  static auto& bytes = metrics::gauge("cairn_blocks_bytes", "Bytes of blocks in the local store");
  static auto& others = metrics::gauge("cairn_blocks_fetched", "Blocks fetched from other holders since start");
  auto stats = store_.stats();
  blocks.Set(static_cast<double>(stats.blocks));
  bytes.Set(static_cast<double>(stats.bytes));
  others.Set(static_cast<double>(fetched));
  if (!follower_) return;
  static auto& roots = metrics::gauge("cairn_cluster_roots_behind", "Flips that the cluster has yet to follow");
  static auto& seconds = metrics::gauge("cairn_cluster_seconds_behind", "Age of the oldest of them");
  const auto lag = follower_->lag();
  roots.Set(static_cast<double>(lag.roots));
  seconds.Set(std::chrono::duration<double>(lag.age).count());
}

}  // namespace cairn::app
