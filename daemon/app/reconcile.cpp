#include "daemon/app/reconcile.h"

#include <algorithm>

#include "common/base/json.h"
#include "common/base/url.h"
#include "common/cid/sha256.h"
#include "daemon/app/api_call.h"
#include "daemon/app/divergence.h"
#include "daemon/app/offline.h"
#include "daemon/app/registry.h"

namespace cairn::app {
namespace {

/// States before a foreign write that are looked at for the one it was built on.
constexpr std::size_t kStates = 32;
constexpr std::size_t kPage = 1000;

/// Where the other side's bucket is imported: of just that root, so running again finds it.
std::string lineOf(const Found& found) {
  const auto digest = sha256(asBytes(named(found.bucket) + "\n" + found.theirRoot));
  return "reconcile-" + toHex(BytesView(digest.data(), 12));
}

/// The audit log says of each merge what it was of.
Task<Result<std::vector<std::string>>> mergesOf(registry::Registry& registry) {
  std::vector<std::string> out;
  for (std::uint64_t from = 1;;) {
    auto rows = co_await registry.identity().audit(from, UINT64_MAX, kPage);
    if (!rows) co_return rows.error();
    for (const auto& row : *rows)
      if (row.action == "bucket.reconcile" && row.outcome == "done") out.push_back(row.what);
    if (rows->size() < kPage) co_return out;
    from = rows->back().sequence + 1;
  }
}

bool mergedBefore(const std::vector<std::string>& merges, const Found& found, const std::string& detail) {
  const std::string bucket =
      "{\"owner\":" + quoteJson(found.bucket.owner.get()) + ",\"bucket\":" + quoteJson(found.bucket.name.get()) + ",";
  return std::ranges::any_of(merges, [&](const std::string& what) {
    return what.starts_with(bucket) && what.find(detail) != std::string::npos && what.ends_with("\"prefix\":\"\"}");
  });
}

/// How many keys differ between two versions, as a running master counts them; at most kPage + 1.
Result<std::size_t> differences(const ReconcileRequest& r, const BucketId& bucket, Version from, Version to) {
  auto token = readToken(r.apiToken);
  if (!token) return token.error();
  const std::string target = "/admin/v1/buckets/" + uriEncode(bucket.owner.get()) + "/" + uriEncode(bucket.name.get()) +
                             "/diff?from=" + std::to_string(from.get()) + "&to=" + std::to_string(to.get()) +
                             "&limit=" + std::to_string(kPage);
  auto answer = callApi(r.api, {"GET", target, *token, {}});
  if (!answer) return answer.error();
  if (answer->status != 200) return problemOf(r.api, *answer);
  auto diff = api::fromJson<api::BucketDiff>(asText(answer->body));
  if (!diff) return diff.error();
  return diff->changes.size() + (diff->next ? 1 : 0);
}

/// The state that a foreign write changes least was the one it had read; its predecessor, if none is nearer.
Result<Version> baseOf(const ReconcileRequest& r, const BucketId& bucket, const ForeignWrite& write) {
  Version best = write.before.front();
  std::size_t least = SIZE_MAX;
  for (const Version version : write.before) {
    auto count = differences(r, bucket, version, write.version);
    if (!count) return count.error();
    if (*count >= least) continue;
    least = *count;
    best = version;
  }
  return best;
}

using Founds = std::vector<Found>;

Task<Status> findOverwritten(registry::Registry& ours, const ReconcileRequest& r, Founds& out) {
  auto merges = co_await mergesOf(ours);
  if (!merges) co_return merges.error();
  auto buckets = co_await ours.list(OwnerId());
  if (!buckets) co_return buckets.error();
  for (const auto& row : *buckets) {
    if (!r.bucket.empty() && named(row.bucket) != r.bucket) continue;
    auto writes = co_await foreignWrites(ours, row.bucket, kStates);
    if (!writes) co_return writes.error();
    if (!row.row.unreadableRoot.empty())
      out.push_back({row.bucket, "unreadable", {}, {}, {}, {}, "failed", "its root cannot be read", {}, {}});
    for (const ForeignWrite& write : *writes) {
      auto base = baseOf(r, row.bucket, write);
      if (!base) co_return base.error();
      const Version lost = write.before.front();
      if (*base == lost) continue;
      const std::string b = std::to_string(base->get()), l = std::to_string(lost.get());
      Found found{row.bucket, "overwritten", {{"at", l}, {"base", b}}, *base, lost, {}, "found", {}, {}, {}};
      if (mergedBefore(*merges, found, "\"base\":" + b + ",\"at\":" + l + ",\"prefix\":"))
        found.outcome = "merged before";
      out.push_back(std::move(found));
    }
  }
  co_return Status{};
}

Task<Status> compare(registry::Registry& ours, registry::Registry& theirs, const ReconcileRequest& r, Founds& out) {
  auto merges = co_await mergesOf(ours);
  if (!merges) co_return merges.error();
  auto splits = co_await findDivergences(ours, theirs);
  if (!splits) co_return splits.error();
  for (const Divergence& d : *splits) {
    if (!r.bucket.empty() && named(d.bucket) != r.bucket) continue;
    Found found{d.bucket, std::string(nameOf(d.split)), {}, d.common, {}, {}, "found", {}, {}, {}};
    if (d.split == Split::unreadable) found.outcome = "failed", found.why = "its root cannot be read";
    if (d.theirRoot) found.theirRoot = d.theirRoot->str();
    found.line = lineOf(found);
    found.query = {{"from", found.line}};
    if (d.common) found.query.emplace_back("base", std::to_string(d.common->get()));
    if (mergedBefore(*merges, found, "\"from\":" + quoteJson(found.line) + ",")) found.outcome = "merged before";
    out.push_back(std::move(found));
  }
  co_return Status{};
}

}  // namespace

std::string named(const BucketId& bucket) {
  return bucket.owner.get() + "/" + bucket.name.get();
}

Status findSplits(const ReconcileRequest& r, std::vector<Found>& out) {
  return withExistingRegistry(r.registry, [&](registry::Registry& ours) -> Task<Status> {
    if (r.other.empty()) co_return co_await findOverwritten(ours, r, out);
    auto theirs = openRegistry(r.otherRegistry);
    if (!theirs) co_return theirs.error();
    co_return co_await compare(ours, **theirs, r, out);
  });
}

}  // namespace cairn::app
