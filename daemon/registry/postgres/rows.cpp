#include "daemon/registry/postgres/rows.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "daemon/registry/json_array.h"
#include "daemon/registry/postgres/errors.h"

namespace cairn::registry::postgres {
namespace {

constexpr std::size_t kMostTogether = 1024;

#define CAIRN_PG_RECEIPT                                                                                 \
  " LEFT JOIN bucket_root_history AS h ON h.owner_id = r.owner_id AND h.bucket = r.bucket AND h.version" \
  " = r.version"

constexpr const char* kPoints =
    "SELECT r.root_cid, r.version, " CAIRN_PG_MS("r.updated_at") ", h.receipt_hash, t.master, r.owner_id IS NOT NULL"
    " FROM unnest(($1::text)::text[], ($2::text)::text[]) WITH ORDINALITY AS q(owner_id, bucket, n)"
    " LEFT JOIN bucket_roots AS r ON r.owner_id = q.owner_id AND r.bucket = q.bucket" CAIRN_PG_RECEIPT
    " LEFT JOIN turns AS t ON t.owner_id = q.owner_id AND t.bucket = q.bucket AND t.until > clock_timestamp()"
    " ORDER BY q.n";

Pointer takePointer(const Rows& rows, int row, const BucketId& bucket) {
  Pointer out;
  out.row.turn = MasterId(rows.text(row, 4));
  if (!rows.flag(row, 5)) return out;
  takeRoot(rows, row, 0, bucket, out);
  out.row.receiptHash = rows.blob(row, 3);
  return out;
}

}  // namespace

void takeRoot(const Rows& rows, int row, int first, const BucketId& bucket, Pointer& out) {
  auto corrupt = [&](std::string what) {
    out.bad = fail(Errc::corrupt, "root pointer of bucket " + bucket.name.get() + " of owner " + bucket.owner.get() +
                                      ": " + what + "; Cairn will not overwrite it");
  };
  out.row.updatedAt = rows.time(row, first + 2);
  out.rootText = rows.text(row, first);
  if (rows.isNull(row, first + 1) || rows.integer(row, first + 1) < 0) return corrupt("its version is not a number");
  out.row.version = Version(rows.count(row, first + 1));
  if (out.rootText.empty()) return;
  auto root = Cid::parse(out.rootText);
  if (!root) return corrupt("root \"" + out.rootText + "\" cannot be read: " + root.error().message);
  out.row.root = *root;
}

Call listCall(const OwnerId& owner) {
#define CAIRN_PG_LIST \
  "SELECT r.owner_id, r.bucket, r.root_cid, r.version, " CAIRN_PG_MS("r.updated_at") ", h.receipt_hash FROM"      \
  " bucket_roots AS r" CAIRN_PG_RECEIPT " WHERE COALESCE(r.root_cid, '') <> ''"
#define CAIRN_PG_BY_NAME " ORDER BY r.owner_id COLLATE \"C\", r.bucket COLLATE \"C\""
  if (owner.get().empty()) return call(CAIRN_PG_LIST CAIRN_PG_BY_NAME);
  return call(CAIRN_PG_LIST " AND r.owner_id = $1::text" CAIRN_PG_BY_NAME, owner.get());
}

std::vector<BucketRow> takeList(const Rows& rows) {
  std::vector<BucketRow> out;
  for (int i = 0; i < rows.size(); ++i) {
    BucketId bucket{OwnerId(rows.text(i, 0)), BucketName(rows.text(i, 1))};
    Pointer pointer;
    takeRoot(rows, i, 2, bucket, pointer);
    pointer.row.receiptHash = rows.blob(i, 5);
    if (pointer.bad) pointer.row.unreadableRoot = pointer.rootText;
    out.push_back({std::move(bucket), std::move(pointer.row)});
  }
  return out;
}

#define CAIRN_PG_HISTORY                                                                               \
  "SELECT version, root_cid, previous_root, commit_id, master, epoch, holders, puts, deletes, others," \
  " attempts, " CAIRN_PG_MS("at") ", receipt FROM bucket_root_history WHERE owner_id = $1::text AND"

Call historyOfRootCall(const BucketId& bucket, const Cid& root) {
  return call(CAIRN_PG_HISTORY " bucket = $2::text AND root_cid = $3::text ORDER BY version DESC LIMIT 1",
              bucket.owner.get(), bucket.name.get(), root.str());
}

Call historyCall(const BucketId& bucket, Version from, Version to, std::size_t limit) {
  return call(CAIRN_PG_HISTORY
              " bucket = $2::text AND version BETWEEN $3::bigint AND $4::bigint ORDER BY version LIMIT $5::bigint",
              bucket.owner.get(), bucket.name.get(), atMostBigint(from.get()), atMostBigint(to.get()),
              atMostBigint(limit));
}

std::vector<HistoryRow> takeHistory(const Rows& rows, const BucketId& bucket) {
  std::vector<HistoryRow> out;
  for (int i = 0; i < rows.size(); ++i) {
    HistoryRow row;
    row.bucket = bucket;
    row.version = Version(rows.count(i, 0));
    const std::string root = rows.text(i, 1);
    row.root = rootOf(root);
    if (!row.root) row.unreadableRoot = root;
    row.previousRoot = rootOf(rows.text(i, 2));
    const Bytes commit = rows.blob(i, 3);
    if (commit.size() == row.commit.bytes.size()) std::copy(commit.begin(), commit.end(), row.commit.bytes.begin());
    row.master = MasterId(rows.text(i, 4));
    row.epoch = Epoch(rows.count(i, 5));
    for (auto& holder : parseJsonArray(rows.text(i, 6))) row.holders.emplace_back(std::move(holder));
    row.operations = {rows.count(i, 7), rows.count(i, 8), rows.count(i, 9)};
    row.attempts = static_cast<std::uint32_t>(rows.count(i, 10));
    row.at = rows.time(i, 11);
    row.receipt = rows.blob(i, 12);
    out.push_back(std::move(row));
  }
  return out;
}

std::string rootText(const std::optional<Cid>& root) {
  return root ? root->str() : std::string();
}

std::optional<Cid> rootOf(const std::string& text) {
  if (text.empty()) return std::nullopt;
  auto cid = Cid::parse(text);
  if (!cid) return std::nullopt;
  return *cid;
}

Task<Pointer> PointReader::read(BucketId bucket) {
  OneShot<Pointer> done;
  waiters_.push_back({std::move(bucket), done});
  if (!std::exchange(serving_, true)) {
    auto go = [](PointReader& self) -> Task<void> { co_await self.serve(); };
    spawn(io_.get_executor(), go(*this));
  }
  co_return co_await done.wait();
}

Task<void> PointReader::serve() {
  while (!waiters_.empty()) {
    const auto many = static_cast<std::ptrdiff_t>(std::min(waiters_.size(), kMostTogether));
    std::vector<Waiter> batch(std::make_move_iterator(waiters_.begin()),
                              std::make_move_iterator(waiters_.begin() + many));
    waiters_.erase(waiters_.begin(), waiters_.begin() + many);
    if (co_await answer(batch)) continue;
    for (Waiter& one : batch) {  // a name that the server refuses is nobody else's fault
      std::vector<Waiter> alone{one};
      co_await answer(alone);
    }
  }
  serving_ = false;
}

/// One round trip. False when the server refused a batch of several, which have no answer yet.
Task<bool> PointReader::answer(const std::vector<Waiter>& batch) {
  std::map<BucketId, int> asked;  // one asked for twice is read once
  std::vector<std::string> owners, names;
  for (const Waiter& one : batch) {
    if (!asked.try_emplace(one.bucket, static_cast<int>(owners.size())).second) continue;
    owners.push_back(one.bucket.owner.get());
    names.push_back(one.bucket.name.get());
  }
  Answer got;
  for (int tries = 0; tries < 2; ++tries) {  // a second time where the first one's connection was lost
    ++roundTrips_;
    got = co_await pool_.shared({call(kPoints, textArray(owners), textArray(names))});
    if (got.end != Answer::End::lost) break;
  }
  if (got.end == Answer::End::refused && batch.size() > 1) co_return false;
  for (const Waiter& one : batch) {
    Pointer pointer;
    if (got.end == Answer::End::done)
      pointer = takePointer(got.rows.front(), asked.at(one.bucket), one.bucket);
    else
      pointer.bad = errorOf(got, "read a root pointer");
    one.done.set(std::move(pointer));
  }
  co_return true;
}

}  // namespace cairn::registry::postgres
