// Making, deleting and opening a bucket, with what goes with it beside its root: its name in the fleet, its audit row.
//
// Contract: thread-safe, no state. createBucket() and deleteBucket() are the service's. claimName() claims the bucket's
// name for its owner, where EngineOptions say so; errors as Registry::claimAlias(). noteOpening() comes after the
// commit, whose `failure` it is given, and fails nobody: a row that cannot be appended becomes a line of the log. What
// certainly did not happen leaves no row.
#pragma once

#include "daemon/bucket/engines.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

Failure noBucket(const BucketId& bucket);
Task<Outcome<void>> createBucket(EngineContext& context, Engines& engines, BucketId bucket);
Task<Outcome<void>> deleteBucket(EngineContext& context, Engines& engines, BucketId bucket);
Task<Status> claimName(EngineContext& context, BucketId bucket);
Task<void> noteOpening(registry::IdentityRegistry& identities, registry::AuditRow row, std::optional<Failure> failure);

}  // namespace cairn::bucket
