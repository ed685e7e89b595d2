#include "daemon/s3/opened.h"

#include "daemon/s3/handlers.h"
#include "daemon/s3/policy.h"

namespace cairn::s3 {

std::optional<Reading> readingOf(const Operation& operation) {
  if (std::holds_alternative<GetObject>(operation.action))
    return Reading{identity::Operation::read, operation.subject.key};
  if (const auto* list = std::get_if<ListObjects>(&operation.action))
    return Reading{identity::Operation::list, list->prefix};
  if (std::holds_alternative<HeadBucket>(operation.action)) return Reading{identity::Operation::list, ""};
  return std::nullopt;
}

Opened opens(std::string_view policy, std::string_view bucket, const Reading& reading) {
  if (policy.empty()) return {};
  const auto scope = openedBy(policy, bucket);
  if (!scope) return {};
  const bool lists = scope->allowsList(bucket, reading.what);
  if (reading.operation == identity::Operation::list) return {lists, !lists};
  return {scope->allows(identity::Operation::read, bucket, reading.what), !lists};
}

Task<Answer<bucket::SnapshotPtr>> openedSnapshot(const Call& call, BucketName name, Reading reading,
                                                 std::string_view ownerHeader) {
  const Failed denied = refuse(ErrorCode::AccessDenied);
  // That the registry is away or broken is no secret; all else looks alike, or it would tell which names are taken.
  const bool nobody = call.caller.anonymous && !call.anybody.opened();
  const auto because = [&denied, nobody](const bucket::Failure& f, bool told) {
    return told && !nobody ? fromFault(f) : denied;
  };
  using bucket::Fault;
  Anybody::Place place;
  if (call.caller.anonymous && !(place = co_await call.anybody.enter())) co_return refuse(ErrorCode::SlowDown);
  const auto found = co_await call.buckets.resolve(call.caller.owner, name);
  if (!found)
    co_return because(found.error(),
                      found.error().fault == Fault::unavailable || found.error().fault == Fault::internal);
  const auto expected = call.request.headers.find(ownerHeader);
  // The caller's own of that very name was looked for already.
  if (*found == BucketId{call.caller.owner, name} || (expected && *expected != found->owner.get())) co_return denied;
  auto snapshot = co_await call.buckets.snapshot(*found);
  if (!snapshot) co_return because(snapshot.error(), snapshot.error().fault == Fault::unavailable);
  call.anybody.saw((*snapshot)->policy());
  const Opened opened = opens((*snapshot)->policy(), found->name.get(), reading);
  if (!opened.allowed) co_return denied;
  if (reading.operation == identity::Operation::read && opened.hides) {
    const auto entry = co_await (*snapshot)->get(reading.what);
    if (!entry) co_return fromFault(entry.error());
    if (!*entry) co_return denied;
  }
  co_return std::move(*snapshot);
}

}  // namespace cairn::s3
