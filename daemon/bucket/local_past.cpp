#include "daemon/bucket/local_past.h"

#include <algorithm>

#include "daemon/bucket/opening.h"
#include "daemon/bucket/reconcile.h"
#include "daemon/bucket/snapshot.h"

namespace cairn::bucket {
namespace {

constexpr std::size_t kMostRaces = 20'000;  ///< more than the registry keeps

Failure noVersion(std::string why) {
  return {Fault::no_such_version, std::move(why), {}};
}

Failure refusal(const Error& error) {
  if (error.code == Errc::too_large) return {Fault::too_large, error.message + "; say a prefix", {}};
  return failureOf(error);
}

index::Root contentsOf(const Snapshot& snapshot) {
  const auto statistics = snapshot.statistics();
  return {snapshot.contentsRoot(), statistics.keys, statistics.bytes};
}

/// Keys that begin with `prefix` and come after `after`.
index::Range rangeOf(const std::string& prefix, const std::string& after, std::size_t limit) {
  index::Range range{prefix, afterPrefix(prefix).value_or(""), limit};
  if (!after.empty() && after >= prefix) range.from = after + '\0';
  return range;
}

Task<Result<std::optional<Entry>>> entryOf(index::NodeSource& nodes, std::optional<Bytes> value, std::uint64_t size) {
  if (!value) co_return std::optional<Entry>();
  auto whole = co_await resolve(nodes, *value);
  if (!whole) co_return whole.error();
  auto entry = decodeEntry(*whole, size);
  if (!entry) co_return entry.error();
  co_return std::optional(std::move(*entry));
}

void name(std::vector<std::string>& names, const std::string& key) {
  if (names.size() < kMostNamed) names.push_back(key);
}

/// What turns `theirs` into what is wanted.
Task<Result<index::Merged>> planned(index::NodeSource& nodes, Bring bring, index::Root theirs) {
  const index::Root ours = contentsOf(*bring.ours);
  if (bring.only.empty())
    co_return co_await index::merge(nodes, contentsOf(*bring.base), ours, theirs,
                                    rangeOf(bring.prefix, "", kMostBrought + 1));
  index::Merged out;
  for (const std::string& key : bring.only) {
    auto wanted = co_await index::get(nodes, ours, key);
    if (!wanted) co_return wanted.error();
    auto present = co_await index::get(nodes, theirs, key);
    if (!present) co_return present.error();
    const auto bytes = [](const auto& found) { return found ? std::optional(toBytes(found->value)) : std::nullopt; };
    if (bytes(*wanted) == bytes(*present)) continue;
    out.edits.push_back({key, bytes(*wanted), *wanted ? (*wanted)->weight : 0});
  }
  co_return out;
}

/// As stage(), where both sides' changes are kept.
Task<Status> stageBoth(Workspace& w, Bring bring, Brought& out) {
  const index::Root base = bring.base ? contentsOf(*bring.base) : index::Root{};
  auto plan = co_await reconcile(w.nodes(), base, contentsOf(*bring.ours), w.objectsRoot(),
                                 rangeOf(bring.prefix, "", kMostBrought + 1),
                                 [&w](const std::string& key) { return w.touched(key); });
  if (!plan) co_return plan.error();
  out = {};
  out.kept = plan->kept.size();
  for (const std::string& key : plan->kept) name(out.keptKeys, key);
  out.both = plan->both.size();
  for (const SecondName& second : plan->both) {
    name(out.bothKeys, second.key);
    name(out.secondNames, second.name);
  }
  for (index::Edit& edit : plan->edits) {
    ++(edit.value ? out.put : out.removed);
    name(out.keys, edit.key);
    if (auto s = w.bring(std::move(edit)); !s) co_return s;
  }
  co_return Status{};
}

/// On the workspace: keys that the same group changes are changed since, like all others.
Task<Status> stage(Workspace& w, Bring bring, Brought& out) {
  auto plan = co_await planned(w.nodes(), bring, w.objectsRoot());
  if (!plan) co_return plan.error();
  out = {};
  for (const auto& conflict : plan->conflicts) {
    ++out.kept;
    name(out.keptKeys, conflict.key);
  }
  for (index::Edit& edit : plan->edits) {
    if (bring.only.empty() && w.touched(edit.key)) {
      ++out.kept;
      name(out.keptKeys, edit.key);
      continue;
    }
    ++(edit.value ? out.put : out.removed);
    name(out.keys, edit.key);
    if (auto s = w.bring(std::move(edit)); !s) co_return s;
  }
  co_return Status{};
}

}  // namespace

/// The greatest version whose row is no younger: rows are in the order of their times.
Task<LocalPast::Found> LocalPast::newestUntil(BucketId bucket, Timestamp time) {
  auto now = co_await context_.roots.current(bucket);
  if (!now) co_return now.error();
  std::optional<registry::HistoryRow> best;
  for (std::uint64_t low = 1, high = now->version.get(); low <= high;) {
    const std::uint64_t middle = low + (high - low) / 2;
    auto rows = co_await context_.registry.history(bucket, Version(middle), Version(high), 1);
    if (!rows) co_return rows.error();
    if (rows->empty() || rows->front().at > time) {
      high = middle - 1;
    } else {
      low = rows->front().version.get() + 1;
      best = std::move(rows->front());
    }
  }
  co_return best;
}

Task<LocalPast::Found> LocalPast::find(BucketId bucket, Moment moment) {
  if (const auto* time = std::get_if<Timestamp>(&moment.at)) co_return co_await newestUntil(std::move(bucket), *time);
  if (const auto* root = std::get_if<Cid>(&moment.at))
    co_return co_await context_.registry.historyOfRoot(std::move(bucket), *root);
  const Version version = std::get<Version>(moment.at);
  auto rows = co_await context_.registry.history(std::move(bucket), version, version, 1);
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return std::nullopt;
  co_return std::move(rows->front());
}

Task<Outcome<SnapshotPtr>> LocalPast::at(BucketId bucket, Moment moment) {
  auto row = co_await find(bucket, std::move(moment));
  if (!row) co_return failureOf(row.error());
  if (!*row) co_return noVersion("the bucket's history does not name this state, or no longer");
  const std::string version = "version " + std::to_string((*row)->version.get());
  if (!(*row)->unreadableRoot.empty())
    co_return noVersion(version + " was written by another gateway and its root cannot be read");
  if (!(*row)->root) co_return noVersion("the bucket did not exist at " + version);
  registry::RootRow pointer;
  pointer.root = (*row)->root;
  pointer.version = (*row)->version;
  pointer.updatedAt = (*row)->at;
  co_return co_await open(std::move(bucket), std::move(pointer));
}

Task<Outcome<Conflict>> LocalPast::conflict(BucketId bucket, std::uint64_t race) {
  auto races = co_await context_.registry.races(bucket, kMostRaces);
  if (!races) co_return failureOf(races.error());
  const auto found = std::ranges::find(*races, race, &registry::Race::id);
  if (found == races->end()) co_return noVersion("no race " + std::to_string(race) + " of this bucket is kept");
  Conflict out{std::move(*found), {}, {}, {}};
  for (const auto& [root, version, to] : {std::tuple(out.race.baseRoot, out.race.baseVersion, &out.base),
                                          std::tuple(out.race.winnerRoot, out.race.winnerVersion, &out.winner),
                                          std::tuple(out.race.loserRoot, Version(), &out.loser)}) {
    if (!root) co_return noVersion("the race was about the bucket itself: there are no keys to compare");
    registry::RootRow row;
    row.root = root;
    row.version = version;
    auto opened = co_await open(bucket, std::move(row));
    if (!opened) co_return opened.error();
    *to = std::move(*opened);
  }
  co_return out;
}

Task<Outcome<SnapshotPtr>> LocalPast::open(BucketId bucket, registry::RootRow row) {
  auto root = co_await context_.roots.block(*row.root);
  if (!root) co_return failureOf(root.error());
  co_return makeSnapshot(context_.nodes, std::move(bucket), std::move(row), std::move(*root));
}

Task<Outcome<Changes>> LocalPast::changes(SnapshotPtr before, SnapshotPtr after, ChangesQuery query) {
  auto found = co_await index::diff(context_.nodes, contentsOf(*before), contentsOf(*after),
                                    rangeOf(query.prefix, query.after, query.limit + 1));
  if (!found) co_return failureOf(found.error());
  Changes out;
  out.truncated = found->size() > query.limit;
  if (out.truncated) found->pop_back();
  for (index::Difference& d : *found) {
    auto was = co_await entryOf(context_.nodes, std::move(d.before), d.weightBefore);
    if (!was) co_return failureOf(was.error());
    auto is = co_await entryOf(context_.nodes, std::move(d.after), d.weightAfter);
    if (!is) co_return failureOf(is.error());
    out.changes.push_back({std::move(d.key), std::move(*was), std::move(*is)});
  }
  co_return out;
}

Task<Outcome<Brought>> LocalPast::bring(BucketId bucket, Bring bring, registry::AuditRow row) {
  auto brought = std::make_shared<Brought>();
  const bool dryRun = bring.dryRun, both = bring.both;
  Mutation m;
  m.operations.others = 1;
  m.apply = [bucket, bring = std::move(bring), brought](Workspace& w) -> Task<std::optional<Failure>> {
    if (!w.exists()) co_return Failure{Fault::no_such_bucket, "the bucket does not exist", bucket.name.get()};
    const auto staged = bring.both ? co_await stageBoth(w, bring, *brought) : co_await stage(w, bring, *brought);
    if (!staged) co_return refusal(staged.error());
    co_return std::nullopt;
  };
  if (dryRun) {
    auto now = co_await context_.roots.current(bucket);
    auto root = now && now->root ? co_await context_.roots.block(*now->root) : Result<RootBlock>(RootBlock{});
    if (!now || !root) co_return failureOf(now ? root.error() : now.error());
    Workspace w(context_.nodes, now->root ? std::optional(*root) : std::nullopt, context_.clock.now());
    if (auto refused = co_await m.apply(w)) co_return *refused;
    co_return *brought;
  }
  const auto failure = co_await engines_.submit(bucket, std::move(m));
  if (failure || both || brought->put + brought->removed > 0)
    co_await noteOpening(context_.registry.identity(), std::move(row), failure);
  if (failure) co_return *failure;
  co_return *brought;
}

}  // namespace cairn::bucket
