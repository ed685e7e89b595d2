#include "daemon/app/history_command.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <fstream>
#include <sstream>

#include "common/identity/export.h"
#include "daemon/app/offline.h"

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

Task<Status> readAll(registry::Registry& registry, const std::string& only, identity::HistoryExport& out) {
  auto nodes = co_await registry.masters();
  if (!nodes) co_return nodes.error();
  for (const auto& n : *nodes)
    if (auto key = identity::parsePublicKey(n.receiptKey)) out.keys.emplace(n.id, *key);
  auto buckets = co_await registry.list(OwnerId());
  if (!buckets) co_return buckets.error();
  bool found = only.empty();
  for (const auto& b : *buckets) {
    if (!only.empty() && b.bucket.owner.get() + "/" + b.bucket.name.get() != only) continue;
    found = true;
    for (std::uint64_t from = 1;;) {
      auto rows = co_await registry.history(b.bucket, Version(from), Version(INT64_MAX), 5000);
      if (!rows) co_return rows.error();
      for (const auto& row : *rows) out.rows.push_back(recordOf(row));
      if (rows->size() < 5000) break;
      from = rows->back().version.get() + 1;
    }
  }
  if (!found) co_return fail(Errc::not_found, "the registry has no bucket " + only + " (write it owner/name)");
  co_return Status{};
}

Result<identity::HistoryExport> gather(const HistoryRequest& request) {
  if (!request.fromFile.empty()) {
    std::ifstream in(request.fromFile);
    if (!in) return fail(Errc::not_found, request.fromFile + " cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    return identity::parseExport(text.str());
  }
  identity::HistoryExport out;
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

std::string line(const BucketId& bucket, const identity::HistoryReport& r, bool json) {
  std::string name = bucket.owner.get() + "/" + bucket.name.get();
  if (json) {
    QJsonObject o{{QStringLiteral("bucket"), QString::fromStdString(name)},
                  {QStringLiteral("signed"), static_cast<qint64>(r.signedRows)},
                  {QStringLiteral("unsigned"), static_cast<qint64>(r.unsignedRows)},
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
                     " unsigned rows: ";
  if (!r.fault) return text + "chain unbroken\n";
  return text + std::string(toString(r.fault->kind)) + " at version " + std::to_string(r.fault->version.get()) + ": " +
         r.fault->why + "\n";
}

}  // namespace

Result<Report> verifyHistoryCommand(const HistoryRequest& request) {
  auto history = gather(request);
  if (!history) return history.error();
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
  return report;
}

}  // namespace cairn::app
