#include "daemon/app/divergence.h"

#include <deque>
#include <map>

#include "daemon/app/history_rows.h"

namespace cairn::app {
namespace {

using registry::HistoryRow;
using registry::Registry;

/// The head of a line, also of a bucket that was deleted.
struct Head {
  Version version;
  std::optional<Cid> root;
  bool unreadable = false;
};

Task<Result<Head>> headOf(Registry& registry, const BucketId& bucket) {
  auto row = co_await registry.read(bucket);
  if (row) co_return Head{row->version, row->root, false};
  if (row.error().code != Errc::corrupt) co_return row.error();
  co_return Head{Version(), std::nullopt, true};
}

/// Version -> root of every kept row that has a readable one.
Task<Result<std::map<std::uint64_t, Cid>>> rootsOf(Registry& registry, const BucketId& bucket) {
  std::map<std::uint64_t, Cid> out;
  auto read = co_await eachHistoryRow(registry, bucket, [&](const HistoryRow& row) {
    if (row.root) out.emplace(row.version.get(), *row.root);
  });
  if (!read) co_return read.error();
  co_return out;
}

Split splitOf(const Head& ours, const Head& theirs, const std::optional<Version>& common) {
  if (ours.unreadable || theirs.unreadable) return Split::unreadable;
  if (!theirs.root || ours.root == theirs.root || (common && *common == theirs.version)) return Split::same;
  if (ours.version.get() == 0) return Split::theirs_only;
  if (!ours.root) return Split::deleted_here;
  return common && *common == ours.version ? Split::theirs_ahead : Split::diverged;
}

}  // namespace

std::string_view nameOf(Split split) {
  switch (split) {
    case Split::same:
      return "same";
    case Split::theirs_ahead:
      return "theirs ahead";
    case Split::diverged:
      return "diverged";
    case Split::theirs_only:
      return "only theirs";
    case Split::deleted_here:
      return "deleted here";
    case Split::unreadable:
      return "unreadable";
  }
  return "";
}

Task<Result<Divergence>> compareBucket(Registry& ours, Registry& theirs, BucketId bucket) {
  const auto here = co_await headOf(ours, bucket), there = co_await headOf(theirs, bucket);
  if (!here) co_return here.error();
  if (!there) co_return there.error();
  Divergence out{bucket, Split::same, std::nullopt, here->version, there->version, there->root};
  if (!here->unreadable && !there->unreadable && here->root != there->root) {
    auto ourRoots = co_await rootsOf(ours, bucket), theirRoots = co_await rootsOf(theirs, bucket);
    if (!ourRoots) co_return ourRoots.error();
    if (!theirRoots) co_return theirRoots.error();
    for (const auto& [version, root] : *ourRoots) {
      const auto found = theirRoots->find(version);
      if (found != theirRoots->end() && found->second == root) out.common = Version(version);
    }
  }
  out.split = splitOf(*here, *there, out.common);
  co_return out;
}

Task<Result<std::vector<Divergence>>> findDivergences(Registry& ours, Registry& theirs) {
  // What they deleted and we have is ours to keep: only what they have can be missing here.
  auto buckets = co_await theirs.list(OwnerId());
  if (!buckets) co_return buckets.error();
  std::vector<Divergence> out;
  for (const auto& row : *buckets) {
    if (!row.row.unreadableRoot.empty()) {
      out.push_back({row.bucket, Split::unreadable, std::nullopt, Version(), row.row.version, std::nullopt});
      continue;
    }
    auto compared = co_await compareBucket(ours, theirs, row.bucket);
    if (!compared) co_return compared.error();
    if (compared->split != Split::same) out.push_back(std::move(*compared));
  }
  co_return out;
}

Task<Result<std::vector<ForeignWrite>>> foreignWrites(Registry& registry, BucketId bucket, std::size_t states) {
  std::vector<ForeignWrite> out;
  std::deque<Version> before;
  auto read = co_await eachHistoryRow(registry, bucket, [&](const HistoryRow& row) {
    if (row.master.get().empty() && row.root && !before.empty() && before.front().get() + 1 == row.version.get())
      out.push_back({row.version, {before.begin(), before.end()}});
    if (row.root) before.push_front(row.version);
    if (before.size() > states) before.pop_back();
  });
  if (!read) co_return read.error();
  co_return out;
}

}  // namespace cairn::app
