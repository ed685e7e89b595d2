// The admin API's messages: what the operators' door sends and the console reads, one struct each.
//
// Contract: plain values, any thread. toJson() writes one JSON object; fromJson() treats its input as hostile: unknown
// fields are ignored (a newer master may send more), a missing or mistyped field is Errc::invalid and the message names
// it by its path ("masters[2].epoch"). Fields that are std::optional may be absent or null. Times are Timestamps
// (milliseconds since 1970, UTC), ages and durations carry their unit in the name, sizes are bytes. JSON names equal
// the member names unless a comment says otherwise; they, and the words in `kind`, `outcome`, `profile` and `code`, are
// wire identifiers and are never translated. docs/openapi.yaml describes the same messages.
//
// Changelog of the API (apiVersion)
//   1  fleet, masters, buckets, history, races, events, chain; health and readiness.
//      With auth.eip712: operators, audit, actions, the chain's keys; reads then ask for an operator's token.
// A field may be added without a new version; removing or changing one needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"

namespace cairn::api {

inline constexpr std::int64_t apiVersion = 1;

/// GET /admin/v1/fleet
struct Fleet {
  std::int64_t version = apiVersion;  ///< of this API; JSON "apiVersion"
  std::string id;
  bool requireCas = false;
  std::string mode;  ///< of failover: "manual" | "approve" | "auto"
  std::uint64_t masters = 0, storageNodes = 0;
  std::uint64_t buckets = 0;
  std::uint64_t flips = 0;  ///< of the buckets that exist now: their versions, summed
  std::uint64_t lastEvent = 0;
  MasterId servedBy;
  Timestamp now;  ///< the serving master's clock, so that ages can be told without trusting one's own
  /// How far the ipfs-cluster trails the serving master's flips, and what keeps it; absent where none follows.
  std::optional<std::uint64_t> clusterRootsBehind, clusterMsBehind;
  std::optional<std::string> clusterTrouble;
  friend bool operator==(const Fleet&, const Fleet&) = default;
};

struct Master {
  MasterId id;
  Epoch epoch;
  bool fenced = false;
  bool cas = false;
  bool live = false;    ///< registered, and its heartbeat is fresh
  std::string version;  ///< of the program
  std::string profile;  ///< "master" | "storage"
  std::string s3Address, apiAddress, blocksAddress;
  Timestamp registeredAt, heartbeatAt;
  std::int64_t heartbeatAgeMs = 0;
  std::optional<bool> readyToRead, readyToWrite;  ///< known only of the master that answers
  std::vector<std::string> reasons;               ///< why it is not live or not ready, for people
  friend bool operator==(const Master&, const Master&) = default;
};

/// GET /admin/v1/masters
struct Masters {
  std::vector<Master> masters;
  friend bool operator==(const Masters&, const Masters&) = default;
};

struct Bucket {
  OwnerId owner;
  BucketName name;
  std::optional<std::string> root;  ///< root CID
  Version version;
  Timestamp updatedAt;
  std::uint64_t flips = 0;
  std::uint64_t races = 0;             ///< among the fleet's kept race records
  std::optional<MasterId> lastFlipBy;  ///< absent when the history row is gone or foreign
  std::optional<Timestamp> lastFlipAt;
  std::optional<std::uint64_t> keys, bytes, uploads;  ///< absent when not asked for, or not to be had now
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

/// GET /admin/v1/buckets. `next` is the value of ?after= for the following page.
struct Buckets {
  std::vector<Bucket> buckets;
  std::optional<std::string> next;
  friend bool operator==(const Buckets&, const Buckets&) = default;
};

struct HistoryRow {
  Version version;
  std::optional<std::string> root, previousRoot;
  std::string commit;  ///< hex
  MasterId master;     ///< empty: a foreign writer
  Epoch epoch;
  std::vector<MasterId> holders;
  std::uint64_t puts = 0, deletes = 0, others = 0;
  std::uint64_t attempts = 0;
  Timestamp at;
  std::string receipt;  ///< hex
  friend bool operator==(const HistoryRow&, const HistoryRow&) = default;
};

/// GET /admin/v1/buckets/{owner}/{name}/history
struct History {
  OwnerId owner;
  BucketName bucket;
  std::vector<HistoryRow> rows;
  std::optional<Version> next;  ///< the value of ?from= for what follows
  friend bool operator==(const History&, const History&) = default;
};

/// A lost race, told by the loser.
struct Race {
  std::uint64_t id = 0;
  OwnerId owner;
  BucketName bucket;
  MasterId loser, winner;
  Version baseVersion, winnerVersion;
  std::optional<std::string> baseRoot, winnerRoot, loserRoot;
  std::vector<std::string> keys;  ///< the loser's, at most 100
  std::uint64_t keyCount = 0;
  std::uint64_t attempts = 0;
  std::string outcome;       ///< "rebased" | "gave up" | "refused" | "unknown"
  Version committedVersion;  ///< when rebased, else 0
  std::int64_t tookMicros = 0;
  Timestamp at, keepUntil;  ///< keepUntil 0: the loser's root is not kept
  friend bool operator==(const Race&, const Race&) = default;
};

/// GET /admin/v1/races
struct Races {
  std::vector<Race> races;
  friend bool operator==(const Races&, const Races&) = default;
};

/// One frame of GET /admin/v1/events. `data` is a JSON object whose fields docs/formats/events.md gives by kind.
struct Event {
  std::uint64_t sequence = 0;
  std::string kind;  ///< "flip" | "race" | "fleet" | "audit"
  Timestamp at;
  std::string data = "{}";
  friend bool operator==(const Event&, const Event&) = default;
};

/// What a flip event's data says.
struct FlipData {
  OwnerId owner;
  BucketName bucket;
  Version version;
  std::optional<std::string> root;  ///< absent: the bucket was deleted
  std::optional<MasterId> master;   ///< absent: a foreign writer
  friend bool operator==(const FlipData&, const FlipData&) = default;
};

/// A flip event, opened.
struct Flip {
  FlipData data;
  Timestamp at;
};
/// Errc::invalid when it is no flip, or its data are not a flip's.
Result<Flip> flipOf(const Event& event);

struct BrokenLink {
  OwnerId owner;
  BucketName bucket;
  Version version;
  std::string reason;
  friend bool operator==(const BrokenLink&, const BrokenLink&) = default;
};

/// A receipt key that a master ever registered, and the admins that vouched for it.
struct MasterKey {
  MasterId master;
  std::string publicKey;  ///< hex
  std::vector<OwnerId> vouchedBy;
  friend bool operator==(const MasterKey&, const MasterKey&) = default;
};

/// GET /admin/v1/chain
struct ChainStatus {
  std::uint64_t checked = 0;     ///< history rows walked since the serving master started
  bool complete = false;         ///< the walk has reached every bucket's present
  bool receiptsChecked = false;  ///< signatures too, not just the links
  bool unbroken = true;
  std::optional<BrokenLink> firstBroken;
  std::optional<std::vector<MasterKey>> keys;  ///< absent while auth.eip712 is off
  Timestamp at;
  friend bool operator==(const ChainStatus&, const ChainStatus&) = default;
};

/// GET /health
struct Health {
  std::string status = "ok";
  MasterId node;
  std::string version;
  std::int64_t uptimeMs = 0;
  friend bool operator==(const Health&, const Health&) = default;
};

/// GET /auth/v1/challenge: what a wallet puts into one version-2 token.
struct Challenge {
  std::string fleet;
  std::string nonce;         ///< 0x and 64 hexadecimal digits
  std::int64_t expires = 0;  ///< seconds since 1970: the token must be shown to some master before
  friend bool operator==(const Challenge&, const Challenge&) = default;
};

struct Operator {
  OwnerId wallet;
  std::string role;  ///< "viewer" | "operator" | "admin"
  OwnerId by;        ///< who gave it; empty for the first
  Timestamp at;
  friend bool operator==(const Operator&, const Operator&) = default;
};

/// GET /admin/v1/operators
struct Operators {
  std::vector<Operator> operators;
  friend bool operator==(const Operators&, const Operators&) = default;
};

/// A row of the audit log (docs/formats/audit.md); also the answer to POST /admin/v1/actions.
struct AuditRow {
  std::uint64_t sequence = 0;
  Timestamp at;
  std::string who, action;
  std::string what;       ///< a JSON object as the very text that is hashed
  std::string signature;  ///< hex
  std::string message, from, outcome;
  std::string previous, hash;  ///< hex
  friend bool operator==(const AuditRow&, const AuditRow&) = default;
};

/// GET /admin/v1/audit. `next` is the value of ?from= for what follows.
struct Audit {
  std::vector<AuditRow> rows;
  std::optional<std::uint64_t> next;
  friend bool operator==(const Audit&, const Audit&) = default;
};

/// GET /healthz/ready
struct Readiness {
  bool ready = false;
  std::string asked = "read";  ///< "read" | "write"
  std::vector<std::string> reasons;
  friend bool operator==(const Readiness&, const Readiness&) = default;
};

/// Every answer that is not 2xx: {"error":{"code","message"}}.
struct Problem {
  std::string code;
  std::string message;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// Defined for every struct above.
template <class Message>
std::string toJson(const Message& message);
template <class Message>
Result<Message> fromJson(std::string_view json);

}  // namespace cairn::api
