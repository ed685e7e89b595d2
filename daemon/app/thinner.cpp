#include "daemon/app/thinner.h"

#include <algorithm>

#include "daemon/app/receipts.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr std::int64_t kHour = 3'600'000, kDay = 24 * kHour, kFresh = 10'000;
constexpr std::size_t kRowsAtOnce = 2000;

bool isOld(const registry::HistoryRow& row, const Thinning& rule, Timestamp now) {
  return row.at.get() + rule.allFor.count() < now.get();
}

/// Of the rows in one slot the last is kept.
std::pair<std::int64_t, std::int64_t> slotOf(const registry::HistoryRow& row, const Thinning& rule, Timestamp now) {
  const bool hourly = row.at.get() + rule.hourlyFor.count() >= now.get();
  const std::int64_t length = hourly ? kHour : kDay;
  return {length, row.at.get() / length};
}

Bytes hashOf(const registry::HistoryRow& row) {
  return row.receipt.empty() ? Bytes() : identity::receiptHash(row.receipt);
}

/// The hash of the receipt before `row`, whose own row may have been thinned: its receipt says so.
Result<Bytes> hashBefore(const registry::HistoryRow& row, const std::optional<registry::HistoryRow>& before) {
  if (before && before->version.get() + 1 == row.version.get()) return hashOf(*before);
  if (row.receipt.empty()) return fail(Errc::precondition, "what came before a row without a receipt is not known");
  auto receipt = identity::verifyReceipt(row.receipt);
  if (!receipt) return receipt.error();
  return receipt->receipt.previousReceipt;
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> rangesOf(const std::vector<registry::HistoryRow>& rows,
                                                          const Thinning& rule, Timestamp now) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    const registry::HistoryRow &row = rows[i], &next = rows[i + 1];
    // The last of its slot stays: what follows it is in another one, or may still be looked for in full.
    const bool goes =
        isOld(row, rule, now) && isOld(next, rule, now) && slotOf(row, rule, now) == slotOf(next, rule, now);
    if (!goes) continue;
    const bool follows = !out.empty() && out.back().second + 1 == i &&
                         rows[i - 1].version.get() + 1 == row.version.get() && i - out.back().first < kMostThinned;
    if (follows)
      out.back().second = i;
    else
      out.emplace_back(i, i);
  }
  return out;
}

Task<void> Thinner::look(Epoch epoch) {
  const Duration every = std::min<Duration>(std::chrono::minutes(10), rule_.allFor / 4);
  if (!rule_.on || busy_.exchange(true)) co_return;
  std::shared_ptr<void> done(nullptr, [this](void*) { busy_ = false; });
  const Duration now = clock_.steady();
  if (looked_ && now - *looked_ < every) co_return;
  looked_ = now;
  if (auto s = co_await pass(epoch); !s) log::warning("app", "no history is thinned", {{"reason", s.error().message}});
}

Task<Status> Thinner::pass(Epoch epoch) {
  auto mine = co_await this->mine();
  if (!mine) co_return mine.error();
  if (!*mine) co_return Status{};
  auto buckets = co_await registry_.list(OwnerId());
  if (!buckets) co_return buckets.error();
  for (const registry::BucketRow& row : *buckets)
    if (auto done = co_await thin(row.bucket, epoch); !done && done.error().code != Errc::precondition)
      log::warning("app", "a history is not thinned",
                   {{"bucket", row.bucket.name.get()}, {"reason", done.error().message}});
  co_return Status{};
}

Task<Result<bool>> Thinner::mine() {
  auto masters = co_await registry_.masters();
  if (!masters) co_return masters.error();
  const std::int64_t now = clock_.now().get();
  for (const registry::Master& m : *masters)
    if (m.profile == "master" && !m.fenced && m.id < self_ && now - m.heartbeatAt.get() < kFresh) co_return false;
  co_return true;
}

Task<Status> Thinner::thin(BucketId bucket, Epoch epoch) {
  std::optional<registry::HistoryRow> before;
  for (std::uint64_t from = 1;;) {
    auto rows = co_await registry_.history(bucket, Version(from), Version(INT64_MAX), kRowsAtOnce);
    if (!rows) co_return rows.error();
    const bool last = rows->size() < kRowsAtOnce;
    const Timestamp now = clock_.now();
    // The chain begins with the first row.
    const std::size_t skipped = before || rows->empty() ? 0 : 1;
    if (skipped > 0) before = rows->front();
    const std::vector<registry::HistoryRow> decided(rows->begin() + static_cast<std::ptrdiff_t>(skipped), rows->end());
    for (const auto& [first, end] : rangesOf(decided, rule_, now)) {
      auto start = decided.begin() + static_cast<std::ptrdiff_t>(first);
      auto previous = first == 0 ? before : std::optional(decided[first - 1]);
      auto done =
          co_await replace({start, decided.begin() + static_cast<std::ptrdiff_t>(end) + 1}, std::move(previous), epoch);
      if (!done) co_return done;
    }
    if (last || decided.empty() || !isOld(decided.back(), rule_, now)) co_return Status{};
    // The last row is decided upon with what follows it.
    if (decided.size() > 1) before = decided[decided.size() - 2];
    from = decided.back().version.get();
  }
}

/// `rows` follow one another; `before` is the row that is kept, or was thinned just now, before them.
Task<Status> Thinner::replace(std::vector<registry::HistoryRow> rows, std::optional<registry::HistoryRow> before,
                              Epoch epoch) {
  auto keys = co_await registry_.receiptKeys();
  if (!keys) co_return keys.error();
  identity::Checkpoint c;
  c.bucket = rows.front().bucket;
  c.from = rows.front().version;
  c.to = rows.back().version;
  auto hash = hashBefore(rows.front(), before);
  if (!hash) co_return hash.error();
  c.before = std::move(*hash);
  std::vector<Bytes> hashes;
  const bool adjacent = before && before->version.get() + 1 == rows.front().version.get();
  const registry::HistoryRow* previous = adjacent ? &*before : nullptr;
  for (const registry::HistoryRow& row : rows) {
    if (auto good = checkReceipt(row, previous, *keys); !good)
      co_return fail(Errc::corrupt, "version " + std::to_string(row.version.get()) + ": " + good.error().message);
    hashes.push_back(hashOf(row));
    previous = &row;
  }
  c.last = hashes.back();
  c.digest = identity::digestOf(hashes);
  c.root = rows.back().root;
  c.master = self_;
  c.epoch = epoch;
  c.claimedAt = clock_.now();
  co_return co_await registry_.thin({c.bucket, c.from, c.to, identity::sign(c, *key_)}, rule_.allFor);
}

}  // namespace cairn::app
