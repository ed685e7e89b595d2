#include "daemon/admin/answers.h"

#include <algorithm>

#include "daemon/admin/convert.h"

namespace cairn::admin {
namespace {

constexpr std::uint64_t defaultLimit = 100, mostLimit = 1000;
constexpr std::uint64_t mostVersion = INT64_MAX;  // what the engines' columns hold
constexpr std::size_t racesCounted = 10'000;

std::string token(const BucketId& id) {
  return id.owner.get() + "/" + id.name.get();
}

}  // namespace

Result<BucketId> parseBucketId(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size())
    return fail(Errc::invalid, "a bucket is named owner/name, not \"" + std::string(text) + "\"");
  return BucketId{OwnerId(std::string(text.substr(0, slash))), BucketName(std::string(text.substr(slash + 1)))};
}

Task<Result<api::Fleet>> Answers::fleet() {
  api::Fleet out;
  auto id = co_await registry_.fleetId();
  if (!id) co_return id.error();
  auto required = co_await registry_.requireCas();
  if (!required) co_return required.error();
  // Before the buckets: whoever then listens from here sees a flip twice rather than never.
  auto last = co_await registry_.lastEvent();
  if (!last) co_return last.error();
  auto masters = co_await registry_.masters();
  if (!masters) co_return masters.error();
  auto rows = co_await registry_.list(OwnerId());
  if (!rows) co_return rows.error();
  out.id = *id;
  out.requireCas = *required;
  out.lastEvent = *last;
  out.mode = local_.mode();
  for (const auto& m : *masters) ++(m.profile == "storage" ? out.storageNodes : out.masters);
  out.buckets = rows->size();
  for (const auto& row : *rows) out.flips += row.row.version.get();
  out.servedBy = local_.node();
  out.now = clock_.now();
  if (auto following = local_.following()) {
    out.clusterRootsBehind = following->roots;
    out.clusterMsBehind = following->milliseconds;
    if (!following->trouble.empty()) out.clusterTrouble = following->trouble;
  }
  co_return out;
}

Task<Result<api::Masters>> Answers::masters() {
  auto rows = co_await registry_.masters();
  if (!rows) co_return rows.error();
  const Ready read = co_await local_.ready(Access::read);
  const Ready write = co_await local_.ready(Access::write);
  api::Masters out;
  for (const auto& row : *rows) {
    api::Master& m = out.masters.emplace_back(convert(row, clock_.now()));
    if (row.id != local_.node()) continue;
    m.readyToRead = read.ready;
    m.readyToWrite = write.ready;
    for (const Ready* r : {&read, &write})
      for (const std::string& reason : r->reasons)
        if (std::find(m.reasons.begin(), m.reasons.end(), reason) == m.reasons.end()) m.reasons.push_back(reason);
  }
  co_return out;
}

Task<Result<Answers::RaceCounts>> Answers::countRaces() {
  auto races = co_await registry_.races(std::nullopt, racesCounted);
  if (!races) co_return races.error();
  RaceCounts counts;
  for (const auto& race : *races) ++counts[race.bucket];
  co_return counts;
}

Task<Status> Answers::addLastFlip(const registry::BucketRow& row, api::Bucket& out) {
  auto last = co_await registry_.history(row.bucket, row.row.version, row.row.version, 1);
  if (!last) co_return last.error();
  if (last->empty()) co_return Status();
  out.lastFlipAt = last->front().at;
  if (!last->front().master.get().empty()) out.lastFlipBy = last->front().master;
  co_return Status();
}

Task<void> Answers::addStatistics(BucketId id, api::Bucket& out) {
  auto snapshot = co_await buckets_.snapshot(std::move(id));
  if (!snapshot) co_return;
  const bucket::Statistics statistics = (*snapshot)->statistics();
  out.keys = statistics.keys;
  out.bytes = statistics.bytes;
  out.uploads = statistics.uploads;
}

Task<Result<api::Buckets>> Answers::buckets(Query query) {
  auto limit = query.number("limit", defaultLimit, 1, mostLimit);
  if (!limit) co_return limit.error();
  auto withStatistics = query.flag("stats");
  if (!withStatistics) co_return withStatistics.error();
  std::optional<BucketId> after;
  if (const auto text = query.text("after")) {
    auto id = parseBucketId(*text);
    if (!id) co_return fail(Errc::invalid, "parameter after: " + id.error().message);
    after = *id;
  }
  auto rows = co_await registry_.list(OwnerId());
  if (!rows) co_return rows.error();
  auto counts = co_await countRaces();
  if (!counts) co_return counts.error();
  std::sort(rows->begin(), rows->end(), [](const auto& a, const auto& b) { return a.bucket < b.bucket; });
  api::Buckets out;
  for (const auto& row : *rows) {
    if (after && row.bucket <= *after) continue;
    if (out.buckets.size() == *limit) {
      out.next = token({out.buckets.back().owner, out.buckets.back().name});
      break;
    }
    api::Bucket& b = out.buckets.emplace_back(convert(row));
    b.races = (*counts)[row.bucket];
    if (const Status added = co_await addLastFlip(row, b); !added) co_return added.error();
    if (*withStatistics) co_await addStatistics(row.bucket, b);
  }
  co_return out;
}

Task<Result<registry::BucketRow>> Answers::rowOf(BucketId id) {
  auto row = co_await registry_.read(id);
  if (!row) co_return row.error();
  if (!row->root && row->unreadableRoot.empty()) co_return fail(Errc::not_found, "no bucket " + token(id));
  co_return registry::BucketRow{std::move(id), std::move(*row)};
}

Task<Result<api::Bucket>> Answers::bucket(BucketId id) {
  auto row = co_await rowOf(id);
  if (!row) co_return row.error();
  auto races = co_await registry_.races(id, racesCounted);
  if (!races) co_return races.error();
  api::Bucket out = convert(*row);
  out.races = races->size();
  if (const Status added = co_await addLastFlip(*row, out); !added) co_return added.error();
  co_await addStatistics(std::move(id), out);
  co_return out;
}

Task<Result<api::History>> Answers::history(BucketId id, Query query) {
  auto from = query.number("from", 1, 0, mostVersion);
  if (!from) co_return from.error();
  auto to = query.number("to", mostVersion, 0, mostVersion);
  if (!to) co_return to.error();
  auto limit = query.number("limit", defaultLimit, 1, mostLimit);
  if (!limit) co_return limit.error();
  auto rows = co_await registry_.history(id, Version(*from), Version(*to), *limit);
  if (!rows) co_return rows.error();
  if (rows->empty()) {  // a deleted bucket has a history and no row: only what never was is not found
    auto row = co_await registry_.read(id);
    if (!row) co_return row.error();
    if (row->version.get() == 0) co_return fail(Errc::not_found, "no bucket " + token(id));
  }
  api::History out{id.owner, id.name, {}, std::nullopt};
  for (const auto& row : *rows) out.rows.push_back(convert(row));
  if (rows->size() == *limit && rows->back().version.get() < *to) out.next = Version(rows->back().version.get() + 1);
  co_return out;
}

Task<Result<api::Races>> Answers::races(Query query) {
  auto limit = query.number("limit", defaultLimit, 1, mostLimit);
  if (!limit) co_return limit.error();
  std::optional<BucketId> only;
  if (const auto text = query.text("bucket")) {
    auto id = parseBucketId(*text);
    if (!id) co_return fail(Errc::invalid, "parameter bucket: " + id.error().message);
    only = *id;
  }
  auto rows = co_await registry_.races(only, *limit);
  if (!rows) co_return rows.error();
  api::Races out;
  for (const auto& row : *rows) out.races.push_back(convert(row));
  co_return out;
}

}  // namespace cairn::admin
