// What `cairnd registry reconcile` finds to merge.
//
// Contract: reads only. findSplits() compares this registry with the other one, or, where none is given, looks for what
// another gateway overwrote unread: of the states before a foreign write the nearest to it, as a running master counts
// differences, was the one it had read. What the audit log says was merged is `merged before`. Errors are those of the
// registries, and of the master that is asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/api/past.h"
#include "daemon/app/caller_options.h"

namespace cairn::app {

struct ReconcileRequest {
  std::string other, otherApi, otherRegistry;
  std::string bucket, s3, api, apiToken, registry;
  bool dryRun = false, json = false;
  CallerOptions as;
};

/// A bucket whose history was split, and what became of it.
struct Found {
  BucketId bucket;
  std::string kind;  ///< nameOf(Split), or "overwritten"
  std::vector<std::pair<std::string, std::string>> query;
  std::optional<Version> base, lost;
  std::string theirRoot;
  std::string outcome = "found";  ///< "merged" | "merged before" | "failed"
  std::string why, line;          ///< line: the bucket in which the other side's is kept
  std::optional<api::Brought> done;
};

std::string named(const BucketId& bucket);  ///< owner/name
Status findSplits(const ReconcileRequest& request, std::vector<Found>& out);

}  // namespace cairn::app
