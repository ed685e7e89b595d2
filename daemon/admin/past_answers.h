// What operators ask of the buckets' past. Knows no HTTP.
//
// Contract: thread-safe; borrows the service. Moments are as bucket::parseMoment() reads them. Errors: Errc::invalid,
// Errc::not_found for what the history does not name, Errc::unavailable.
#pragma once

#include "common/api/past.h"
#include "daemon/admin/query.h"
#include "daemon/bucket/past.h"

namespace cairn::admin {

class PastAnswers {
 public:
  explicit PastAnswers(bucket::Service& buckets) : buckets_(buckets) {}
  /// ?at= (the present) ?prefix= ?delimiter= ?after= ?limit= (100, up to 1000)
  Task<Result<api::BucketState>> state(BucketId id, Query query);
  /// ?from= ?to= (the present) ?prefix= ?after= ?limit= (100, up to 1000)
  Task<Result<api::BucketDiff>> diff(BucketId id, Query query);

 private:
  Task<Result<bucket::SnapshotPtr>> find(BucketId id, const Query& query, std::string_view parameter);

  bucket::Service& buckets_;
};

}  // namespace cairn::admin
