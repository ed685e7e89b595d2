// Builds the answers of the operators' door from registry, buckets and local status. Knows no HTTP.
//
// Contract: thread-safe; borrows what it is given. Errors: Errc::not_found, Errc::invalid, and those of the registry.
// Statistics of a bucket that cannot be read now are left out rather than failing the answer.
#pragma once

#include "common/api/messages.h"
#include "daemon/admin/local_status.h"
#include "daemon/admin/query.h"
#include "daemon/bucket/service.h"
#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::admin {

class Answers {
 public:
  Answers(registry::Registry& registry, LocalStatus& local, bucket::Service& buckets, Clock& clock)
      : registry_(registry), local_(local), buckets_(buckets), clock_(clock) {}

  Task<Result<api::Fleet>> fleet();
  Task<Result<api::Masters>> masters();
  /// ?limit= (100, up to 1000), ?after=owner/name, ?stats=1
  Task<Result<api::Buckets>> buckets(Query query);
  Task<Result<api::Bucket>> bucket(BucketId id);
  /// ?from= ?to= ?limit= (100, up to 1000); ascending
  Task<Result<api::History>> history(BucketId id, Query query);
  /// ?bucket=owner/name ?limit= (100, up to 1000); newest first
  Task<Result<api::Races>> races(Query query);

 private:
  using RaceCounts = std::map<BucketId, std::uint64_t>;
  Task<Result<RaceCounts>> countRaces();
  Task<Status> addLastFlip(const registry::BucketRow& row, api::Bucket& out);
  Task<void> addStatistics(BucketId id, api::Bucket& out);
  Task<Result<registry::BucketRow>> rowOf(BucketId id);

  registry::Registry& registry_;
  LocalStatus& local_;
  bucket::Service& buckets_;
  Clock& clock_;
};

/// "owner/name"; an owner may contain slashes, a bucket's name never does.
Result<BucketId> parseBucketId(std::string_view text);

}  // namespace cairn::admin
