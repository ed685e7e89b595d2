#include "daemon/app/history_command.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "common/identity/export.h"
#include "daemon/app/history_rows.h"
#include "daemon/app/offline.h"
#include "daemon/auth/vouchers.h"

namespace cairn::app {
namespace {

using identity::HistoryRecord;

HistoryRecord recordOf(const registry::HistoryRow& row) {
  HistoryRecord r;
  r.bucket = row.bucket;
  r.version = row.version;
  r.root = row.root ? row.root->str() : "";
  r.previousRoot = row.previousRoot ? row.previousRoot->str() : "";
  r.commit = row.commit;
  r.master = row.master;
  r.epoch = row.epoch;
  r.holders = row.holders;
  r.puts = row.operations.puts;
  r.deletes = row.operations.deletes;
  r.others = row.operations.others;
  r.attempts = row.attempts;
  r.at = row.at;
  r.receipt = row.receipt;
  return r;
}

struct Gathered {
  identity::HistoryExport history;
  std::vector<auth::VouchedKey> vouched;  ///< from a registry alone
};

Task<Status> readKeys(registry::Registry& registry, Gathered& out) {
  auto fleet = co_await registry.fleetId();
  if (!fleet) co_return fleet.error();
  auth::Vouchers vouchers(registry, *fleet);
  auto vouched = co_await vouchers.keys();
  if (!vouched) co_return vouched.error();
  out.vouched = std::move(*vouched);
  for (const auto& v : out.vouched)
    if (auto key = identity::parsePublicKey(v.publicKey)) out.history.keys.emplace(v.master, *key);
  co_return Status{};
}

/// Rows and checkpoints of one bucket, as they are together: what is thinned while they are read is read anew.
Task<Status> readBucket(registry::Registry& registry, BucketId bucket, identity::HistoryExport& out) {
  std::vector<HistoryRecord> rows;
  std::vector<Bytes> checkpoints;
  for (bool same = false; !same;) {
    auto before = co_await registry.thinned(bucket, Version(0), SIZE_MAX);
    if (!before) co_return before.error();
    rows.clear();
    auto read = co_await eachHistoryRow(registry, bucket, [&](const auto& row) { rows.push_back(recordOf(row)); });
    if (!read) co_return read;
    auto after = co_await registry.thinned(bucket, Version(0), SIZE_MAX);
    if (!after) co_return after.error();
    same = after->size() == before->size();
    checkpoints.clear();
    for (registry::Thinned& t : *after) checkpoints.push_back(std::move(t.checkpoint));
  }
  std::ranges::move(rows, std::back_inserter(out.rows));
  std::ranges::move(checkpoints, std::back_inserter(out.checkpoints));
  co_return Status{};
}

Task<Status> readAll(registry::Registry& registry, const std::string& only, Gathered& gathered) {
  if (auto s = co_await readKeys(registry, gathered); !s) co_return s;
  identity::HistoryExport& out = gathered.history;
  auto buckets = co_await registry.list(OwnerId());
  if (!buckets) co_return buckets.error();
  bool found = only.empty();
  for (const auto& b : *buckets) {
    if (!only.empty() && b.bucket.owner.get() + "/" + b.bucket.name.get() != only) continue;
    found = true;
    if (auto s = co_await readBucket(registry, b.bucket, out); !s) co_return s;
  }
  if (!found) co_return fail(Errc::not_found, "the registry has no bucket " + only + " (write it owner/name)");
  co_return Status{};
}

Result<Gathered> gather(const HistoryRequest& request) {
  Gathered out;
  if (!request.fromFile.empty()) {
    std::ifstream in(request.fromFile);
    if (!in) return fail(Errc::not_found, request.fromFile + " cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    auto history = identity::parseExport(text.str());
    if (!history) return history.error();
    out.history = std::move(*history);
    return out;
  }
  Status status =
      withExistingRegistry(request.registry, [&](registry::Registry& r) { return readAll(r, request.bucket, out); });
  if (!status) return status.error();
  return out;
}

Status write(const std::string& file, const identity::HistoryExport& history) {
  std::ofstream out(file, std::ios::trunc);
  for (const auto& [master, key] : history.keys) out << identity::exportKey(master, key);
  for (const auto& row : history.rows) out << identity::exportRow(row);
  for (const auto& checkpoint : history.checkpoints) out << identity::exportCheckpoint(checkpoint);
  out.flush();
  if (!out) return fail(Errc::io, file + " could not be written");
  return {};
}

std::string line(const auth::VouchedKey& key, bool json) {
  if (json) {
    QJsonArray by;
    for (const OwnerId& wallet : key.by) by.append(QString::fromStdString(wallet.get()));
    const QJsonObject o{{QStringLiteral("master"), QString::fromStdString(key.master.get())},
                        {QStringLiteral("publicKey"), QString::fromStdString(toHex(key.publicKey))},
                        {QStringLiteral("vouchedBy"), by}};
    return QJsonDocument(o).toJson(QJsonDocument::Compact).toStdString() + "\n";
  }
  std::string by;
  for (const OwnerId& wallet : key.by) by += (by.empty() ? "vouched for by " : ", ") + wallet.get();
  return "key " + toHex(key.publicKey) + " of " + key.master.get() + ": " +
         (by.empty() ? "nobody vouched for it" : by) + "\n";
}

/// Whether each key that signed one of the receipts was vouched for.
bool allVouched(const Gathered& gathered) {
  return std::ranges::all_of(gathered.history.rows, [&](const HistoryRecord& row) {
    if (row.receipt.empty()) return true;
    const auto receipt = identity::verifyReceipt(row.receipt);
    return receipt && std::ranges::any_of(gathered.vouched, [&](const auth::VouchedKey& k) {
             return k.master == row.master && !k.by.empty() && std::ranges::equal(k.publicKey, receipt->key);
           });
  });
}

std::string line(const BucketId& bucket, const identity::HistoryReport& r, bool json) {
  std::string name = bucket.owner.get() + "/" + bucket.name.get();
  if (json) {
    QJsonObject o{{QStringLiteral("bucket"), QString::fromStdString(name)},
                  {QStringLiteral("signed"), static_cast<qint64>(r.signedRows)},
                  {QStringLiteral("unsigned"), static_cast<qint64>(r.unsignedRows)},
                  {QStringLiteral("covered"), static_cast<qint64>(r.coveredVersions)},
                  {QStringLiteral("from"), static_cast<qint64>(r.first.get())},
                  {QStringLiteral("to"), static_cast<qint64>(r.last.get())},
                  {QStringLiteral("unbroken"), !r.fault}};
    if (r.fault) {
      o[QStringLiteral("fault")] = QString::fromStdString(std::string(toString(r.fault->kind)));
      o[QStringLiteral("version")] = static_cast<qint64>(r.fault->version.get());
      o[QStringLiteral("why")] = QString::fromStdString(r.fault->why);
    }
    return QJsonDocument(o).toJson(QJsonDocument::Compact).toStdString() + "\n";
  }
  std::string text = name + ": versions " + std::to_string(r.first.get()) + " to " + std::to_string(r.last.get()) +
                     ", " + std::to_string(r.signedRows) + " receipts, " + std::to_string(r.unsignedRows) +
                     " unsigned rows" +
                     (r.coveredVersions > 0 ? ", " + std::to_string(r.coveredVersions) + " thinned away" : "") + ": ";
  if (!r.fault) return text + "chain unbroken\n";
  return text + std::string(toString(r.fault->kind)) + " at version " + std::to_string(r.fault->version.get()) + ": " +
         r.fault->why + "\n";
}

}  // namespace

Result<Report> verifyHistoryCommand(const HistoryRequest& request) {
  if (request.requireVouched && !request.fromFile.empty())
    return fail(Errc::invalid, "--require-vouched asks a registry: an export holds no vouchers");
  auto gathered = gather(request);
  if (!gathered) return gathered.error();
  const bool vouched = !request.requireVouched || allVouched(*gathered);
  identity::HistoryExport* history = &gathered->history;
  if (!request.exportFile.empty())
    if (auto s = write(request.exportFile, *history); !s) return s.error();
  Report report;
  // Rows of a bucket keep the order in which they were kept; that order is part of what is verified.
  std::vector<std::pair<BucketId, std::vector<HistoryRecord>>> byBucket;
  for (HistoryRecord& r : history->rows) {
    auto same = std::find_if(byBucket.begin(), byBucket.end(), [&](const auto& b) { return b.first == r.bucket; });
    if (same == byBucket.end()) same = byBucket.insert(byBucket.end(), {r.bucket, {}});
    same->second.push_back(std::move(r));
  }
  for (const auto& [bucket, rows] : byBucket) {
    auto verified = identity::verifyHistory(rows, history->checkpoints, history->keys);
    report.good = report.good && !verified.fault;
    report.text += line(bucket, verified, request.json);
  }
  if (byBucket.empty()) report.text = "no history\n";
  for (const auto& key : gathered->vouched) report.text += line(key, request.json);
  if (!vouched && !request.json) report.text += "a receipt was signed by a key that nobody vouched for\n";
  report.good = report.good && vouched;
  return report;
}

}  // namespace cairn::app
