#include "daemon/admin/chain.h"

#include <algorithm>
#include <limits>

#include "common/identity/checkpoint.h"

namespace cairn::admin {
namespace {

constexpr std::size_t batchRows = 500;
constexpr std::uint64_t kMostThinned = 1000;  ///< versions that one checkpoint covers, at most

}  // namespace

ChainWalk::ChainWalk(registry::Registry& registry, Clock& clock, ReceiptCheck check, std::size_t rowsPerCall)
    : registry_(registry), clock_(clock), check_(std::move(check)), rowsPerCall_(rowsPerCall) {
  status_.receiptsChecked = static_cast<bool>(check_);
}

Task<Result<api::ChainStatus>> ChainWalk::advance() {
  {
    std::lock_guard lock(mutex_);
    if (walking_) co_return status_;
    walking_ = true;
  }
  const Status walked = co_await walk();
  std::lock_guard lock(mutex_);
  walking_ = false;
  if (!walked) co_return walked.error();
  status_.at = clock_.now();
  co_return status_;
}

Task<Status> ChainWalk::walk() {
  auto buckets = co_await registry_.list(OwnerId());
  if (!buckets) co_return buckets.error();
  std::size_t budget = rowsPerCall_;
  bool complete = true;
  for (registry::BucketRow& row : *buckets) {
    auto reachedEnd = co_await walkBucket(row, budget);
    if (!reachedEnd) co_return reachedEnd.error();
    complete = complete && *reachedEnd;
    if (budget == 0) break;
  }
  std::lock_guard lock(mutex_);
  status_.complete = complete;
  co_return Status();
}

Task<Result<bool>> ChainWalk::walkBucket(registry::BucketRow row, std::size_t& budget) {
  while (budget > 0) {
    const auto at = reached_.find(row.bucket);
    const std::uint64_t from = at == reached_.end() ? 1 : at->second.version.get() + 1;
    if (from > row.row.version.get()) break;  // nothing new: most buckets, most of the time
    const std::size_t wanted = std::min(budget, batchRows);
    auto rows = co_await registry_.history(row.bucket, Version(from), row.row.version, wanted);
    if (!rows) co_return rows.error();
    budget -= rows->size();
    const bool last = rows->size() < wanted;
    if (auto taken = co_await takeAll(std::move(*rows)); !taken) co_return taken.error();
    if (last) break;
  }
  const auto at = reached_.find(row.bucket);
  const bool end = budget > 0 || (at != reached_.end() && at->second.version >= row.row.version);
  if (end) takeEnd(row);
  co_return end;
}

Task<Status> ChainWalk::takeAll(std::vector<registry::HistoryRow> rows) {
  Result<std::vector<registry::ReceiptKey>> keys = std::vector<registry::ReceiptKey>();
  if (check_ && !rows.empty()) keys = co_await registry_.receiptKeys();
  if (!keys) co_return keys.error();
  for (const registry::HistoryRow& row : rows) {
    const auto at = reached_.find(row.bucket);
    Result<bool> crossed = false;
    if (at != reached_.end() && row.version.get() > at->second.version.get() + 1) crossed = co_await cross(row, *keys);
    if (!crossed) co_return crossed.error();
    take(row, *keys, *crossed);
  }
  co_return Status();
}

Task<Result<bool>> ChainWalk::cross(registry::HistoryRow row, std::vector<registry::ReceiptKey> keys) {
  const registry::HistoryRow& at = reached_.at(row.bucket);
  // The row reached may have been thinned since, with others before it.
  const std::uint64_t reached = at.version.get(), back = std::min(reached, kMostThinned);
  auto left = co_await registry_.thinned(row.bucket, Version(reached + 1 - back), SIZE_MAX);
  if (!left) co_return left.error();
  std::uint64_t covered = reached;
  std::optional<Bytes> last;
  std::optional<Cid> root;
  for (const registry::Thinned& t : *left) {
    if (t.to.get() <= covered || t.from.get() > covered + 1) continue;
    const auto opened = identity::verifyCheckpoint(t.checkpoint);
    if (!opened) co_return false;
    const identity::Checkpoint& c = opened->checkpoint;
    const Bytes key(opened->key.begin(), opened->key.end());
    const bool known =
        std::ranges::any_of(keys, [&](const auto& k) { return k.master == c.master && k.publicKey == key; });
    if (!known || c.bucket != row.bucket || c.from != t.from || c.to != t.to) co_return false;
    if (last && c.before != *last) co_return false;
    last = c.last;
    root = c.root;
    covered = c.to.get();
  }
  if (covered + 1 != row.version.get() || row.previousRoot != root) co_return false;
  if (!check_ || row.receipt.empty()) co_return true;
  const auto receipt = identity::verifyReceipt(row.receipt);
  co_return receipt && receipt->receipt.previousReceipt == *last;
}

void ChainWalk::take(const registry::HistoryRow& row, const std::vector<registry::ReceiptKey>& keys, bool crossed) {
  const auto at = reached_.find(row.bucket);
  const registry::HistoryRow* before = at == reached_.end() || crossed ? nullptr : &at->second;
  if (before && row.version.get() != before->version.get() + 1)
    broken(row.bucket, row.version,
           "the row before it is missing: version " + std::to_string(before->version.get()) +
               " is the last that stands before it");
  else if (before && row.previousRoot != before->root)
    broken(row.bucket, row.version, "its previous root is not the root of the row before it");
  if (check_)
    if (const Status receipt = check_(row, before, keys); !receipt)
      broken(row.bucket, row.version, receipt.error().message);
  reached_[row.bucket] = row;
  std::lock_guard lock(mutex_);
  ++status_.checked;
}

void ChainWalk::takeEnd(const registry::BucketRow& row) {
  const auto at = reached_.find(row.bucket);
  if (at == reached_.end() || at->second.version < row.row.version)
    return broken(row.bucket, row.row.version, "the root pointer stands at a version that has no history row");
  if (at->second.version == row.row.version && at->second.root != row.row.root)
    broken(row.bucket, row.row.version, "the root pointer is not the root of its newest history row");
}

void ChainWalk::broken(const BucketId& bucket, Version version, std::string reason) {
  std::lock_guard lock(mutex_);
  status_.unbroken = false;
  if (!status_.firstBroken)
    status_.firstBroken = api::BrokenLink{bucket.owner, bucket.name, version, std::move(reason)};
}

}  // namespace cairn::admin
