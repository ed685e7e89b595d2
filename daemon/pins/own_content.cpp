#include "daemon/pins/own_content.h"

#include <algorithm>

namespace cairn::pins {
namespace {

/// Whether one of the next objects is it; `left` counts down, to none at the end.
Task<Result<bool>> inSnapshot(bucket::Snapshot& snapshot, Cid root, std::size_t& left) {
  if (snapshot.contentsRoot() == root) co_return true;
  bucket::ListQuery query;
  while (left > 0) {
    auto page = co_await snapshot.list(query);
    if (!page) co_return fail(Errc::unavailable, page.error().message);
    const auto isIt = [&root](const bucket::ListPage::Item& item) { return item.entry.content == root; };
    if (std::ranges::any_of(page->items, isIt)) co_return true;
    left -= std::min(left, page->items.size());
    if (!page->truncated) break;
    query.after = page->last;
  }
  co_return false;
}

}  // namespace

Task<Result<bool>> OwnContent::has(OwnerId owner, Cid root) {
  auto before = co_await pinned(owner, root);
  if (!before || *before) co_return before;
  co_return co_await stored(std::move(owner), root);
}

Task<Result<bool>> OwnContent::pinned(OwnerId owner, Cid root) {
  registry::PinFilter filter;
  filter.roots.push_back(root);
  filter.states.push_back(registry::PinState::pinned);
  filter.limit = 1000;
  const auto page = co_await pins_.list(std::move(owner), std::move(filter));
  if (!page) co_return page.error();
  co_return std::ranges::any_of(page->rows, &registry::PinRow::proved);
}

Task<Result<bool>> OwnContent::stored(OwnerId owner, Cid root) {
  const auto buckets = co_await buckets_.listBuckets(std::move(owner));
  if (!buckets) co_return fail(Errc::unavailable, buckets.error().message);
  std::size_t left = kMostLooked;
  for (const bucket::BucketInfo& info : *buckets) {
    const auto snapshot = co_await buckets_.snapshot(info.bucket);
    if (!snapshot) continue;  // it was deleted meanwhile
    auto found = co_await inSnapshot(**snapshot, root, left);
    if (!found || *found) co_return found;
  }
  co_return false;
}

}  // namespace cairn::pins
