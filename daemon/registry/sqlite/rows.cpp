#include "daemon/registry/sqlite/rows.h"
#include "daemon/registry/json_array.h"

#include <algorithm>
#include <cstring>

namespace cairn::registry::sqlite {
namespace {

#define CAIRN_SQL_UPDATED_AT "CAST(ROUND((julianday(r.updated_at) - 2440587.5) * 86400000) AS INTEGER)"

// Columns of readPointer() and listPointers(), from `first` on: root_cid, version, updated_at.
void takeRoot(Query& q, int first, const BucketId& bucket, Pointer& out) {
  auto corrupt = [&](std::string what) {
    out.bad = fail(Errc::corrupt, "root pointer of bucket " + bucket.name.get() + " of owner " + bucket.owner.get() +
                                      ": " + what + "; Cairn will not overwrite it");
  };
  out.row.updatedAt = timeOf(q.integer(first + 2));
  out.rootText = q.text(first);
  if (q.type(first + 1) != SQLITE_INTEGER || q.integer(first + 1) < 0) return corrupt("its version is not a number");
  out.row.version = Version(q.count(first + 1));
  if (out.rootText.empty()) return;
  auto root = Cid::parse(out.rootText);
  if (!root) return corrupt("root \"" + out.rootText + "\" cannot be read: " + root.error().message);
  out.row.root = *root;
}

void takeHistory(Query& q, HistoryRow& row) {
  row.version = Version(q.count(0));
  std::string root = q.text(1);
  row.root = rootOf(root);
  if (!row.root) row.unreadableRoot = root;
  row.previousRoot = rootOf(q.text(2));
  Bytes commit = q.blob(3);
  if (commit.size() == row.commit.bytes.size()) std::memcpy(row.commit.bytes.data(), commit.data(), commit.size());
  row.master = MasterId(q.text(4));
  row.epoch = Epoch(q.count(5));
  for (auto& holder : parseJsonArray(q.text(6))) row.holders.emplace_back(std::move(holder));
  row.operations = {q.count(7), q.count(8), q.count(9)};
  row.attempts = static_cast<std::uint32_t>(q.count(10));
  row.at = timeOf(q.integer(11));
  row.receipt = q.blob(12);
}

}  // namespace

Pointer readPointer(Connection& c, const BucketId& bucket) {
  Pointer out;
  Query q(c,
          "SELECT r.root_cid, r.version, " CAIRN_SQL_UPDATED_AT
          ", h.receipt_hash, t.master, r.owner_id IS NOT NULL FROM (SELECT 1)"
          " LEFT JOIN bucket_roots AS r ON r.owner_id = ?1 AND r.bucket = ?2"
          " LEFT JOIN bucket_root_history AS h ON h.owner_id = ?1 AND h.bucket = ?2 AND h.version = r.version"
          " LEFT JOIN turns AS t ON t.owner_id = ?1 AND t.bucket = ?2 AND t.until > " CAIRN_SQL_NOW,
          bucket.owner.get(), bucket.name.get());
  if (q.step() != SQLITE_ROW) {
    out.bad = c.error("read a root pointer");
    return out;
  }
  out.row.turn = MasterId(q.text(4));
  if (q.integer(5) == 0) return out;
  takeRoot(q, 0, bucket, out);
  out.row.receiptHash = q.blob(3);
  return out;
}

Result<std::vector<BucketRow>> listPointers(Connection& c, const OwnerId& owner) {
  std::vector<BucketRow> rows;
  // Two statements: with an OR no index would be used, and one owner's listing would read every owner's rows.
  const char* const one = "SELECT r.owner_id, r.bucket, r.root_cid, r.version, " CAIRN_SQL_UPDATED_AT
                          ", h.receipt_hash FROM bucket_roots AS r LEFT JOIN bucket_root_history AS h"
                          " ON h.owner_id = r.owner_id AND h.bucket = r.bucket AND h.version = r.version"
                          " WHERE r.owner_id = ?1 AND COALESCE(r.root_cid, '') <> '' ORDER BY r.owner_id, r.bucket";
  const char* const all = "SELECT r.owner_id, r.bucket, r.root_cid, r.version, " CAIRN_SQL_UPDATED_AT
                          ", h.receipt_hash FROM bucket_roots AS r LEFT JOIN bucket_root_history AS h"
                          " ON h.owner_id = r.owner_id AND h.bucket = r.bucket AND h.version = r.version"
                          " WHERE ?1 = '' AND COALESCE(r.root_cid, '') <> '' ORDER BY r.owner_id, r.bucket";
  Query q(c, owner.get().empty() ? all : one, owner.get());
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) {
    BucketId bucket{OwnerId(q.text(0)), BucketName(q.text(1))};
    Pointer pointer;
    takeRoot(q, 2, bucket, pointer);
    pointer.row.receiptHash = q.blob(5);
    if (pointer.bad) pointer.row.unreadableRoot = pointer.rootText;
    rows.push_back({std::move(bucket), std::move(pointer.row)});
  }
  if (rc != SQLITE_DONE) return c.error("list root pointers");
  return rows;
}

#define CAIRN_SQL_HISTORY                                                                                        \
  "SELECT version, root_cid, previous_root, commit_id, master, epoch, holders, puts, deletes, others, attempts," \
  " at, receipt FROM bucket_root_history"

Result<std::vector<HistoryRow>> readHistory(Connection& c, const BucketId& bucket, Version from, Version to,
                                            std::size_t limit) {
  std::vector<HistoryRow> rows;
  constexpr std::uint64_t largest = INT64_MAX;
  Query q(c,
          CAIRN_SQL_HISTORY
          " WHERE owner_id = ?1 AND bucket = ?2 AND version BETWEEN ?3 AND ?4"
          " ORDER BY version LIMIT ?5",
          bucket.owner.get(), bucket.name.get(), std::min(from.get(), largest), std::min(to.get(), largest),
          std::min<std::uint64_t>(limit, largest));
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) {
    HistoryRow row;
    row.bucket = bucket;
    takeHistory(q, row);
    rows.push_back(std::move(row));
  }
  if (rc != SQLITE_DONE) return c.error("read history");
  return rows;
}

Result<std::optional<HistoryRow>> readHistoryOfRoot(Connection& c, const BucketId& bucket, const Cid& root) {
  Query q(c, CAIRN_SQL_HISTORY " WHERE owner_id = ?1 AND bucket = ?2 AND root_cid = ?3 ORDER BY version DESC LIMIT 1",
          bucket.owner.get(), bucket.name.get(), root.str());
  const int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<HistoryRow>();
  if (rc != SQLITE_ROW) return c.error("read history");
  HistoryRow row;
  row.bucket = bucket;
  takeHistory(q, row);
  return std::optional(std::move(row));
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

Timestamp timeOf(std::int64_t milliseconds) {
  return Timestamp(milliseconds);
}

}  // namespace cairn::registry::sqlite
