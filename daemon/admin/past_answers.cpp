#include "daemon/admin/past_answers.h"

namespace cairn::admin {
namespace {

constexpr std::uint64_t kDefaultLimit = 100, kMostLimit = 1000;

Error errorOf(const bucket::Failure& failure) {
  using bucket::Fault;
  switch (failure.fault) {
    case Fault::no_such_bucket:
    case Fault::no_such_version:
      return fail(Errc::not_found, failure.message);
    case Fault::unavailable:
    case Fault::slow_down:
      return fail(Errc::unavailable, failure.message);
    default:
      return fail(Errc::internal, failure.message);
  }
}

api::ObjectFacts facts(const bucket::Entry& entry) {
  return {entry.size, entry.etag.str(), entry.content.str(), entry.modified};
}
std::optional<api::ObjectFacts> facts(const std::optional<bucket::Entry>& entry) {
  return entry ? std::optional(facts(*entry)) : std::nullopt;
}

api::BucketState describe(const bucket::Snapshot& snapshot) {
  api::BucketState out;
  out.owner = snapshot.bucket().owner;
  out.bucket = snapshot.bucket().name;
  out.version = snapshot.row().version;
  out.root = snapshot.row().root->str();
  if (!snapshot.contentsRoot().isNull()) out.contentsRoot = snapshot.contentsRoot().str();
  out.at = snapshot.row().updatedAt;
  out.created = snapshot.created();
  const bucket::Statistics statistics = snapshot.statistics();
  out.keys = statistics.keys;
  out.bytes = statistics.bytes;
  out.uploads = statistics.uploads;
  out.policy = snapshot.policy();
  return out;
}

}  // namespace

Task<Result<bucket::SnapshotPtr>> PastAnswers::find(BucketId id, const Query& query, std::string_view parameter) {
  const auto text = query.text(parameter);
  bucket::Outcome<bucket::SnapshotPtr> found = bucket::SnapshotPtr();
  if (text) {
    const auto moment = bucket::parseMoment(*text);
    if (!moment) co_return fail(Errc::invalid, "parameter " + std::string(parameter) + " " + moment.error().message);
    found = co_await buckets_.past().at(std::move(id), *moment);
  } else {
    found = co_await buckets_.snapshot(std::move(id));
  }
  if (!found) co_return errorOf(found.error());
  co_return std::move(*found);
}

Task<Result<api::BucketState>> PastAnswers::state(BucketId id, Query query) {
  auto limit = query.number("limit", kDefaultLimit, 0, kMostLimit);
  if (!limit) co_return limit.error();
  auto snapshot = co_await find(std::move(id), query, "at");
  if (!snapshot) co_return snapshot.error();
  api::BucketState out = describe(**snapshot);
  if (*limit == 0) co_return out;
  auto page = co_await (*snapshot)->list({query.text("prefix").value_or(""), query.text("delimiter").value_or(""),
                                          query.text("after").value_or(""), *limit});
  if (!page) co_return errorOf(page.error());
  for (const auto& item : page->items) out.objects.push_back({item.key, facts(item.entry)});
  out.prefixes = std::move(page->prefixes);
  if (page->truncated) out.next = std::move(page->last);
  co_return out;
}

Task<Result<api::BucketDiff>> PastAnswers::diff(BucketId id, Query query) {
  auto limit = query.number("limit", kDefaultLimit, 1, kMostLimit);
  if (!limit) co_return limit.error();
  if (!query.text("from")) co_return fail(Errc::invalid, "parameter from is missing: which state to compare with");
  auto before = co_await find(id, query, "from");
  if (!before) co_return before.error();
  auto after = co_await find(id, query, "to");
  if (!after) co_return after.error();
  auto changes = co_await buckets_.past().changes(
      *before, *after, {query.text("prefix").value_or(""), query.text("after").value_or(""), *limit});
  if (!changes) co_return errorOf(changes.error());
  api::BucketDiff out;
  out.owner = id.owner;
  out.bucket = id.name;
  out.fromVersion = (*before)->row().version;
  out.toVersion = (*after)->row().version;
  out.fromRoot = (*before)->row().root->str();
  out.toRoot = (*after)->row().root->str();
  out.settingsChanged = (*before)->policy() != (*after)->policy();
  for (const auto& c : changes->changes)
    out.changes.push_back({c.key,
                           !c.before ? "added"
                           : c.after ? "changed"
                                     : "removed",
                           facts(c.before), facts(c.after)});
  if (changes->truncated) out.next = out.changes.back().key;
  co_return out;
}

}  // namespace cairn::admin
