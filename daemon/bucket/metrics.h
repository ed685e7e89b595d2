// The commit's metrics (names in docs/metrics.md).
//
// Contract: one set per process, made on first use; thread-safe.
#pragma once

#include "daemon/rt/clock.h"
#include "daemon/rt/metrics.h"

namespace cairn::bucket {

struct Metrics {
  static Metrics& get();

  prometheus::Counter& flips = metrics::counter("cairn_flips_total", "Root pointers advanced by this master");
  prometheus::Counter& lostRaces = metrics::counter("cairn_races_lost_total", "Flips that found another master's root");
  prometheus::Counter& rebases = metrics::counter("cairn_rebases_total", "Groups replayed on the root that won");
  prometheus::Counter& ahead =
      metrics::counter("cairn_commits_ahead_total", "Groups evaluated on a root that was still to be flipped to");
  prometheus::Counter& grounded = metrics::counter("cairn_commits_grounded_total",
                                                   "Groups to be evaluated anew because the one in front did not win");
  prometheus::Counter& gaveUp =
      metrics::counter("cairn_mutations_gave_up_total", "Mutations refused with 503 SlowDown after the last attempt");
  prometheus::Counter& unknown = metrics::counter("cairn_flips_unknown_total", "Flips whose answer was lost");
  prometheus::Counter& quorumFailures =
      metrics::counter("cairn_quorum_failures_total", "Commits refused because too few holders were complete");
  prometheus::Histogram& groups = metrics::sizes("cairn_commit_group_size", "Mutations a commit");
  prometheus::Histogram& evaluateSeconds =
      metrics::latency("cairn_commit_seconds", "Time of a commit's stages", {{"stage", "evaluate"}});
  prometheus::Histogram& holdSeconds =
      metrics::latency("cairn_commit_seconds", "Time of a commit's stages", {{"stage", "hold"}});
  prometheus::Histogram& flipSeconds =
      metrics::latency("cairn_commit_seconds", "Time of a commit's stages", {{"stage", "flip"}});

  void observe(Duration begun, Duration evaluated, Duration held, Duration flipped, std::size_t group) {
    auto seconds = [](Duration d) { return std::chrono::duration<double>(d).count(); };
    evaluateSeconds.Observe(seconds(evaluated - begun));
    holdSeconds.Observe(seconds(held - evaluated));
    flipSeconds.Observe(seconds(flipped - held));
    groups.Observe(static_cast<double>(group));
  }
};

inline Metrics& Metrics::get() {
  static Metrics m;
  return m;
}

}  // namespace cairn::bucket
