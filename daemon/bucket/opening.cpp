#include "daemon/bucket/opening.h"

#include "daemon/rt/log.h"

namespace cairn::bucket {

Task<Status> claimName(EngineContext& context, BucketId bucket) {
  if (!context.options.claimNames) co_return Status();
  co_return co_await context.registry.claimAlias(bucket.name, bucket.owner);
}

Task<void> noteOpening(registry::IdentityRegistry& identities, registry::AuditRow row, std::optional<Failure> failure) {
  if (failure && failure->fault != Fault::unknown) co_return;
  row.outcome = failure ? "unknown: " + failure->message : "done";
  const std::string who = row.who, what = row.what;
  const auto noted = co_await identities.appendAudit(std::move(row));
  if (!noted)
    log::warning("bucket", "a bucket was changed, and the audit log does not say so",
                 {{"who", who}, {"what", what}, {"reason", noted.error().message}});
}

}  // namespace cairn::bucket
