// Thins the buckets' histories: all rows for a while, then the last of each hour, then of each day; what goes is
// covered by signed checkpoints (docs/formats/receipt.md, decision 0031).
//
// Contract: look() is one pass over all buckets, from any thread; it does nothing unless this master is the first by
// name of the live ones, so that one does the work; that two of them do no harm is the registry's doing
// (Registry::thin). A pass that was interrupted is gone on with by the next. A history that does not verify is left as
// it is and logged. Never thinned: rows younger than `allFor`, the first and the newest row of a bucket. rangesOf() is
// pure: which rows go, as ranges of versions that follow one another, at most kMostThinned each. Borrows the registry,
// which outlives it.
#pragma once

#include <atomic>
#include <memory>

#include "common/identity/checkpoint.h"
#include "daemon/app/config.h"
#include "daemon/registry/registry.h"

namespace cairn::app {

/// Rows covered by one checkpoint. admin::ChainWalk looks as far back for the one that it stands in.
inline constexpr std::uint64_t kMostThinned = 1000;

/// `rows` ascending and without a gap that no checkpoint covers; of the last nothing is decided.
std::vector<std::pair<std::size_t, std::size_t>> rangesOf(const std::vector<registry::HistoryRow>& rows,
                                                          const Thinning& rule, Timestamp now);

class Thinner {
 public:
  Thinner(registry::Registry& registry, Clock& clock, MasterId self, const Thinning& rule,
          std::shared_ptr<const identity::SecretKey> key)
      : registry_(registry), clock_(clock), self_(std::move(self)), rule_(rule), key_(std::move(key)) {}
  /// Returns at once while another pass is under way, and until it is time for the next.
  Task<void> look(Epoch epoch);

 private:
  Task<Status> pass(Epoch epoch);
  Task<Result<bool>> mine();
  Task<Status> thin(BucketId bucket, Epoch epoch);
  Task<Status> replace(std::vector<registry::HistoryRow> rows, std::optional<registry::HistoryRow> before, Epoch epoch);

  registry::Registry& registry_;
  Clock& clock_;
  const MasterId self_;
  const Thinning rule_;
  std::shared_ptr<const identity::SecretKey> key_;
  std::atomic<bool> busy_{false};
  std::optional<Duration> looked_;  ///< only touched by who is busy
};

}  // namespace cairn::app
