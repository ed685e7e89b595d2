#include "daemon/bucket/opening.h"

#include "daemon/rt/log.h"

namespace cairn::bucket {

Failure noBucket(const BucketId& bucket) {
  return {Fault::no_such_bucket, "the bucket does not exist", bucket.name.get()};
}

Task<Outcome<void>> createBucket(EngineContext& context, Engines& engines, BucketId bucket) {
  auto claimed = co_await claimName(context, bucket);
  if (!claimed && claimed.error().code == Errc::already_exists)
    co_return Failure{Fault::bucket_exists, "the bucket name is taken by another owner", bucket.name.get()};
  if (!claimed) co_return failureOf(claimed.error());
  Mutation m;
  m.operations.others = 1;
  m.apply = [bucket](Workspace& w) -> Task<std::optional<Failure>> {
    if (w.exists()) co_return Failure{Fault::bucket_yours, "you have this bucket already", bucket.name.get()};
    w.create();
    co_return std::nullopt;
  };
  auto failure = co_await engines.submit(bucket, std::move(m));
  if (failure) co_return *failure;
  // The end of an earlier deletion may have dropped the name since. If another owner has it by now he keeps it.
  (void)co_await claimName(context, bucket);
  co_return Outcome<void>();
}

Task<Outcome<void>> deleteBucket(EngineContext& context, Engines& engines, BucketId bucket) {
  Mutation m;
  m.operations.others = 1;
  m.apply = [bucket](Workspace& w) -> Task<std::optional<Failure>> {
    if (!w.exists()) co_return noBucket(bucket);
    auto keys = co_await w.hasKeys();
    if (!keys) co_return failureOf(keys.error());
    if (*keys) co_return Failure{Fault::bucket_not_empty, "the bucket still has objects", bucket.name.get()};
    w.destroy();
    co_return std::nullopt;
  };
  auto failure = co_await engines.submit(bucket, std::move(m));
  if (failure) co_return *failure;
  // Without the alias the name is free for others; if this fails it stays its owner's, who loses nothing.
  (void)co_await context.registry.dropAlias(bucket.name, bucket.owner);
  co_return Outcome<void>();
}

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
