#include "common/api/past.h"
#include "common/base/json.h"
#include "daemon/s3/body.h"
#include "daemon/s3/handlers.h"

namespace cairn::s3 {
namespace {

using What = BringBack::What;

Task<Answer<bucket::SnapshotPtr>> find(const Call& call, BucketId id, bucket::Moment moment) {
  auto found = co_await call.buckets.past().at(std::move(id), std::move(moment));
  if (!found) co_return fromFault(found.error());
  co_return std::move(*found);
}

/// The other line of a bucket's history, and the last state that both had.
Task<Answer<bucket::Bring>> linesOf(const Call& call, BucketId id, BringBack o) {
  bucket::Bring out;
  out.prefix = o.prefix;
  out.dryRun = o.dryRun;
  out.both = true;
  if (o.at) {
    auto ours = co_await find(call, id, std::move(*o.at));
    if (!ours) co_return ours.error();
    out.ours = std::move(*ours);
  } else {
    auto ours = co_await call.buckets.snapshot({id.owner, o.from});
    if (!ours) co_return co_await explain(call, ours.error(), o.from);
    out.ours = std::move(*ours);
  }
  if (!o.base) co_return out;
  auto base = co_await find(call, std::move(id), std::move(*o.base));
  if (!base) co_return base.error();
  out.base = std::move(*base);
  co_return out;
}

/// What is brought back, and since when changed keys are kept.
Task<Answer<bucket::Bring>> planOf(const Call& call, BucketId id, BringBack o) {
  bucket::Bring out;
  out.prefix = o.prefix;
  out.dryRun = o.dryRun;
  const auto now = co_await call.buckets.snapshot(id);
  if (!now) co_return co_await explain(call, now.error());
  if (o.what == What::reconcile) co_return co_await linesOf(call, std::move(id), std::move(o));
  if (o.what == What::adopt) {
    const auto conflict = co_await call.buckets.past().conflict(id, o.race);
    if (!conflict) co_return fromFault(conflict.error());
    out.base = conflict->base;
    out.ours = conflict->loser;
    out.only = std::move(o.keys);
    co_return out;
  }
  if (o.what == What::restore) {
    auto then = co_await find(call, std::move(id), std::move(*o.at));
    if (!then) co_return then.error();
    out.base = *now;
    out.ours = std::move(*then);
    co_return out;
  }
  const std::uint64_t version = o.version.value_or((*now)->row().version).get();
  auto base = co_await find(call, id, {Version(version)});
  if (!base) co_return base.error();
  auto ours = co_await find(call, std::move(id), {Version(version - 1)});
  if (!ours) co_return ours.error();
  out.base = std::move(*base);
  out.ours = std::move(*ours);
  co_return out;
}

std::string detailOf(const BringBack& o, const bucket::Bring& plan) {
  if (o.what == What::adopt) {
    std::string keys;
    for (const std::string& key : o.keys) keys += (keys.empty() ? "" : ",") + quoteJson(key);
    return R"("race":)" + std::to_string(o.race) + R"(,"keys":[)" + keys + "]";
  }
  const auto version = [](const bucket::SnapshotPtr& s) { return std::to_string(s->row().version.get()); };
  return R"("base":)" + (plan.base ? version(plan.base) : "null") + R"(,"at":)" + version(plan.ours) +
         (o.from.get().empty() ? "" : R"(,"from":)" + quoteJson(o.from.get())) + R"(,"prefix":)" + quoteJson(o.prefix);
}

constexpr std::string_view actionOf(What what) {
  return what == What::restore ? "bucket.restore"
         : what == What::undo  ? "bucket.undo"
         : what == What::adopt ? "bucket.adopt"
                               : "bucket.reconcile";
}

}  // namespace

Task<Answer<Reply>> handle(const Call& call, const BringBack& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto body = co_await receiveText(call.body, call.caller.body, operation.claims, call.options.maxXmlBody);
  if (!body) co_return body.error();
  if (!body->empty()) co_return refuse(ErrorCode::InvalidRequest, "this request has no body");
  auto plan = co_await planOf(call, *bucket, operation);
  if (!plan) co_return plan.error();
  auto row = ownersRow(call, *bucket, std::string(actionOf(operation.what)), detailOf(operation, *plan));
  auto done = co_await call.buckets.past().bring(*bucket, std::move(*plan), std::move(row));
  if (!done) co_return co_await explain(call, done.error());
  Reply reply;
  reply.headers.add("Content-Type", "application/json");
  reply.body = api::toJson(api::Brought{bucket->owner, bucket->name, operation.dryRun, done->put, done->removed,
                                        done->kept, done->both, std::move(done->keys), std::move(done->keptKeys),
                                        std::move(done->bothKeys), std::move(done->secondNames)});
  co_return reply;
}

}  // namespace cairn::s3
