#include "common/api/messages.h"

#include "common/api/json_text.h"

namespace cairn::api {

// Found by the argument's type from json_io.h, hence in this namespace and not in an unnamed one.

template <class Io>
void fields(Io& io, Fleet& m) {
  io("apiVersion", m.version);
  io("id", m.id);
  io("requireCas", m.requireCas);
  io("mode", m.mode);
  io("masters", m.masters);
  io("storageNodes", m.storageNodes);
  io("buckets", m.buckets);
  io("flips", m.flips);
  io("lastEvent", m.lastEvent);
  io("servedBy", m.servedBy);
  io("now", m.now);
  io("clusterRootsBehind", m.clusterRootsBehind);
  io("clusterMsBehind", m.clusterMsBehind);
  io("clusterTrouble", m.clusterTrouble);
}

template <class Io>
void fields(Io& io, Master& m) {
  io("id", m.id);
  io("epoch", m.epoch);
  io("fenced", m.fenced);
  io("cas", m.cas);
  io("live", m.live);
  io("version", m.version);
  io("profile", m.profile);
  io("s3Address", m.s3Address);
  io("apiAddress", m.apiAddress);
  io("blocksAddress", m.blocksAddress);
  io("registeredAt", m.registeredAt);
  io("heartbeatAt", m.heartbeatAt);
  io("heartbeatAgeMs", m.heartbeatAgeMs);
  io("readyToRead", m.readyToRead);
  io("readyToWrite", m.readyToWrite);
  io("reasons", m.reasons);
}

template <class Io>
void fields(Io& io, Masters& m) {
  io("masters", m.masters);
}

template <class Io>
void fields(Io& io, Bucket& m) {
  io("owner", m.owner);
  io("name", m.name);
  io("root", m.root);
  io("version", m.version);
  io("updatedAt", m.updatedAt);
  io("flips", m.flips);
  io("races", m.races);
  io("lastFlipBy", m.lastFlipBy);
  io("lastFlipAt", m.lastFlipAt);
  io("keys", m.keys);
  io("bytes", m.bytes);
  io("uploads", m.uploads);
}

template <class Io>
void fields(Io& io, Buckets& m) {
  io("buckets", m.buckets);
  io("next", m.next);
}

template <class Io>
void fields(Io& io, HistoryRow& m) {
  io("version", m.version);
  io("root", m.root);
  io("previousRoot", m.previousRoot);
  io("commit", m.commit);
  io("master", m.master);
  io("epoch", m.epoch);
  io("holders", m.holders);
  io("puts", m.puts);
  io("deletes", m.deletes);
  io("others", m.others);
  io("attempts", m.attempts);
  io("at", m.at);
  io("receipt", m.receipt);
}

template <class Io>
void fields(Io& io, History& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("rows", m.rows);
  io("next", m.next);
}

template <class Io>
void fields(Io& io, Race& m) {
  io("id", m.id);
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("loser", m.loser);
  io("winner", m.winner);
  io("baseVersion", m.baseVersion);
  io("winnerVersion", m.winnerVersion);
  io("baseRoot", m.baseRoot);
  io("winnerRoot", m.winnerRoot);
  io("loserRoot", m.loserRoot);
  io("keys", m.keys);
  io("keyCount", m.keyCount);
  io("attempts", m.attempts);
  io("outcome", m.outcome);
  io("committedVersion", m.committedVersion);
  io("tookMicros", m.tookMicros);
  io("at", m.at);
  io("keepUntil", m.keepUntil);
}

template <class Io>
void fields(Io& io, Races& m) {
  io("races", m.races);
}

template <class Io>
void fields(Io& io, Event& m) {
  io("sequence", m.sequence);
  io("kind", m.kind);
  io("at", m.at);
  io("data", RawObject{m.data});
}

template <class Io>
void fields(Io& io, FlipData& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("version", m.version);
  io("root", m.root);
  io("master", m.master);
}

template <class Io>
void fields(Io& io, BrokenLink& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("version", m.version);
  io("reason", m.reason);
}

template <class Io>
void fields(Io& io, MasterKey& m) {
  io("master", m.master);
  io("publicKey", m.publicKey);
  io("vouchedBy", m.vouchedBy);
}

template <class Io>
void fields(Io& io, Operator& m) {
  io("wallet", m.wallet);
  io("role", m.role);
  io("by", m.by);
  io("at", m.at);
}

template <class Io>
void fields(Io& io, Operators& m) {
  io("operators", m.operators);
}

template <class Io>
void fields(Io& io, AuditRow& m) {
  io("sequence", m.sequence);
  io("at", m.at);
  io("who", m.who);
  io("action", m.action);
  io("what", m.what);
  io("signature", m.signature);
  io("message", m.message);
  io("from", m.from);
  io("outcome", m.outcome);
  io("previous", m.previous);
  io("hash", m.hash);
}

template <class Io>
void fields(Io& io, Audit& m) {
  io("rows", m.rows);
  io("next", m.next);
}

template <class Io>
void fields(Io& io, ChainStatus& m) {
  io("checked", m.checked);
  io("complete", m.complete);
  io("receiptsChecked", m.receiptsChecked);
  io("unbroken", m.unbroken);
  io("firstBroken", m.firstBroken);
  io("keys", m.keys);
  io("at", m.at);
}

template <class Io>
void fields(Io& io, Health& m) {
  io("status", m.status);
  io("node", m.node);
  io("version", m.version);
  io("uptimeMs", m.uptimeMs);
}

template <class Io>
void fields(Io& io, Challenge& m) {
  io("fleet", m.fleet);
  io("nonce", m.nonce);
  io("expires", m.expires);
}

template <class Io>
void fields(Io& io, Readiness& m) {
  io("ready", m.ready);
  io("asked", m.asked);
  io("reasons", m.reasons);
}

struct ProblemBody {
  Problem& problem;
};
template <class Io>
void fields(Io& io, ProblemBody& m) {
  io("code", m.problem.code);
  io("message", m.problem.message);
}
template <class Io>
void fields(Io& io, Problem& m) {
  io("error", ProblemBody{m});
}

CAIRN_API_MESSAGE(Fleet)
CAIRN_API_MESSAGE(Masters)
CAIRN_API_MESSAGE(Master)
CAIRN_API_MESSAGE(Bucket)
CAIRN_API_MESSAGE(Buckets)
CAIRN_API_MESSAGE(HistoryRow)
CAIRN_API_MESSAGE(History)
CAIRN_API_MESSAGE(Race)
CAIRN_API_MESSAGE(Races)
CAIRN_API_MESSAGE(Event)
CAIRN_API_MESSAGE(FlipData)
CAIRN_API_MESSAGE(BrokenLink)
CAIRN_API_MESSAGE(ChainStatus)
CAIRN_API_MESSAGE(Health)
CAIRN_API_MESSAGE(Challenge)
CAIRN_API_MESSAGE(Operators)
CAIRN_API_MESSAGE(AuditRow)
CAIRN_API_MESSAGE(Audit)
CAIRN_API_MESSAGE(Readiness)
CAIRN_API_MESSAGE(Problem)
#undef CAIRN_API_MESSAGE

Result<Flip> flipOf(const Event& event) {
  if (event.kind != "flip") return fail(Errc::invalid, "event " + std::to_string(event.sequence) + " is no flip");
  auto data = fromJson<FlipData>(event.data);
  if (!data) return data.error();
  return Flip{std::move(*data), event.at};
}

}  // namespace cairn::api
