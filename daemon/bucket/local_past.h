// The past of a master's buckets, over the registry's history and the engines that commit.
//
// Contract: see Past. References outlive it.
#pragma once

#include "daemon/bucket/engines.h"
#include "daemon/bucket/past.h"

namespace cairn::bucket {

class LocalPast final : public Past {
 public:
  LocalPast(EngineContext& context, Engines& engines) : context_(context), engines_(engines) {}
  Task<Outcome<SnapshotPtr>> at(BucketId bucket, Moment moment) override;
  Task<Outcome<SnapshotPtr>> of(BucketId bucket, Cid root) override;
  Task<Outcome<Changes>> changes(SnapshotPtr before, SnapshotPtr after, ChangesQuery query) override;
  Task<Outcome<Brought>> bring(BucketId bucket, Bring bring, registry::AuditRow row) override;

 private:
  using Found = Result<std::optional<registry::HistoryRow>>;
  Task<Found> find(BucketId bucket, Moment moment);
  Task<Found> newestUntil(BucketId bucket, Timestamp time);
  Task<Outcome<SnapshotPtr>> open(BucketId bucket, registry::RootRow row);

  EngineContext& context_;
  Engines& engines_;
};

}  // namespace cairn::bucket
