#include "daemon/admin/convert.h"

#include <algorithm>

#include "daemon/registry/identity_check.h"

namespace cairn::admin {
namespace {

std::optional<std::string> textOf(const std::optional<Cid>& cid) {
  if (!cid) return std::nullopt;
  return cid->str();
}

}  // namespace

api::Master convert(const registry::Master& m, Timestamp now) {
  api::Master out;
  out.id = m.id;
  out.epoch = m.epoch;
  out.fenced = m.fenced;
  out.cas = m.cas;
  out.version = m.version;
  out.profile = m.profile;
  out.s3Address = m.s3Address;
  out.apiAddress = m.apiAddress;
  out.blocksAddress = m.blocksAddress;
  out.registeredAt = m.registeredAt;
  out.heartbeatAt = m.heartbeatAt;
  // Clocks of two machines differ a little: an age below zero is none.
  out.heartbeatAgeMs = std::max<std::int64_t>(0, now.get() - m.heartbeatAt.get());
  out.live = !m.fenced && out.heartbeatAgeMs <= heartbeatFreshMs;
  if (m.fenced) out.reasons.push_back("fenced: its epoch may not flip until it is un-fenced");
  if (out.heartbeatAgeMs > heartbeatFreshMs)
    out.reasons.push_back("its last heartbeat in the registry is " + std::to_string(out.heartbeatAgeMs / 1000) +
                          " s old");
  return out;
}

api::Bucket convert(const registry::BucketRow& row) {
  api::Bucket out;
  out.owner = row.bucket.owner;
  out.name = row.bucket.name;
  out.root = textOf(row.row.root);
  if (!row.row.unreadableRoot.empty()) out.root = row.row.unreadableRoot;
  out.version = row.row.version;
  out.updatedAt = row.row.updatedAt;
  out.flips = row.row.version.get();
  return out;
}

api::HistoryRow convert(const registry::HistoryRow& row) {
  api::HistoryRow out;
  out.version = row.version;
  out.root = textOf(row.root);
  out.previousRoot = textOf(row.previousRoot);
  out.commit = row.commit.hex();
  out.master = row.master;
  out.epoch = row.epoch;
  out.holders = row.holders;
  out.puts = row.operations.puts;
  out.deletes = row.operations.deletes;
  out.others = row.operations.others;
  out.attempts = row.attempts;
  out.at = row.at;
  out.receipt = toHex(row.receipt);
  return out;
}

api::Race convert(const registry::Race& race) {
  api::Race out;
  out.id = race.id;
  out.owner = race.bucket.owner;
  out.bucket = race.bucket.name;
  out.loser = race.loser;
  out.winner = race.winner;
  out.baseVersion = race.baseVersion;
  out.winnerVersion = race.winnerVersion;
  out.baseRoot = textOf(race.baseRoot);
  out.winnerRoot = textOf(race.winnerRoot);
  out.loserRoot = textOf(race.loserRoot);
  out.keys = race.keys;
  out.keyCount = race.keyCount;
  out.attempts = race.attempts;
  out.outcome = race.outcome;
  out.committedVersion = race.committedVersion;
  out.tookMicros = race.tookMicros;
  out.at = race.at;
  out.keepUntil = race.keepUntil;
  return out;
}

api::Event convert(const registry::Event& event) {
  return {event.sequence, event.kind, event.at, event.json};
}

api::Operator convert(const registry::OperatorRow& row) {
  return {row.wallet, registry::toText(row.role), row.by, row.at};
}

}  // namespace cairn::admin
