// The registry: where root pointers and the fleet's state live. One interface, several engines.
//
// Contract (every engine passes tests/unit/daemon/registry/conformance):
// - flip() atomically advances one root pointer and appends its history row and its event, or changes nothing. It
// checks,
//   inside the same statement: the expected root and version (CAS only), the master's epoch (not fenced), and who may
//   write (a CAS master while no live writer lease exists; a dark master only under its own live lease and term; only
//   CAS masters once `requireCas` is set). It has no timeout and is never cancelled; FlipStatus::unknown says that the
//   outcome must be settled (daemon/bucket does).
// - read() gives a row that was current at some moment between call and answer.
// - Versions of a (owner, bucket) never restart: deleting a bucket leaves a tombstone (root nullopt, version kept).
// - `version` 0 with no root asserts "no such row". Any tombstone is expected with its own version.
// - Times of leases and ages use the registry's clock. All calls are thread-safe; they suspend, never block the
// caller's
//   thread for long. Errors: Errc::unavailable (try again), Errc::corrupt (a row that cannot be read: never
//   overwritten), Errc::newer_version (schema).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/cid/cid.h"
#include "daemon/rt/async.h"
#include "daemon/rt/clock.h"

namespace cairn::registry {

/// A bucket's root pointer as it stands.
struct RootRow {
  std::optional<Cid> root;  ///< nullopt: no row (version 0) or a tombstone (version > 0)
  Version version;
  Timestamp updatedAt;
  Bytes receiptHash;  ///< SHA-256 of the receipt of this version; empty when it has none (version 0, foreign writes)
  MasterId turn;      ///< whose turn it is (soft hint), empty if nobody's or expired
  std::string
      unreadableRoot;  ///< only from list(): the root's text when it is no CID we can read; root is nullopt then
};

/// What a commit did, for people and metrics.
struct OpCounts {
  std::uint64_t puts = 0, deletes = 0, others = 0;
};

struct FlipRequest {
  BucketId bucket;
  std::optional<Cid> expectedRoot;
  Version expectedVersion;
  std::optional<Cid> nextRoot;  ///< nullopt makes a tombstone
  CommitId commit;
  MasterId master;
  Epoch epoch;
  bool cas = true;                ///< false: a dark flip; leaves out the comparison, needs the writer lease
  std::uint64_t leaseTerm = 0;    ///< of the writer lease, for dark flips
  std::vector<MasterId> holders;  ///< complete for nextRoot
  OpCounts operations;
  std::uint32_t attempt = 1;
  Timestamp claimedAt;  ///< the master's own clock, as in the receipt
  Bytes receipt;        ///< signed, canonical DAG-CBOR (docs/formats/receipt.md)
};

enum class FlipStatus {
  won,
  lost,          ///< the row was not as expected; `current` has it
  fenced,        ///< this epoch is fenced, or the master is unknown
  not_writer,    ///< a dark flip without the live lease, or a CAS flip while another master holds one
  requires_cas,  ///< a dark flip after graduation
  unknown,       ///< the answer was lost: may have happened
  unavailable,   ///< certainly did not happen (the registry was not reached, or refused before writing)
};

struct FlipResult {
  FlipStatus status = FlipStatus::unavailable;
  RootRow current;     ///< after won: the new row; after lost: the row that stands
  std::string reason;  ///< for logs, clients and operators
};

struct HistoryRow {
  BucketId bucket;
  Version version;
  std::optional<Cid> root, previousRoot;
  CommitId commit;  ///< all zero for rows written by a foreign writer
  MasterId master;  ///< empty for a foreign writer
  Epoch epoch;
  std::vector<MasterId> holders;
  OpCounts operations;
  std::uint32_t attempts = 0;
  Timestamp at;  ///< the registry's clock
  Bytes receipt;
  std::string unreadableRoot;  ///< a foreign root's text when it is no CID we can read; root is nullopt then
};

/// A range of versions whose rows were taken out of the history.
struct Thinned {
  BucketId bucket;
  Version from, to;
  Bytes checkpoint;  ///< signed (docs/formats/receipt.md)
};

/// A key with which a master signed receipts, now or earlier.
struct ReceiptKey {
  MasterId master;
  Bytes publicKey;  ///< compressed secp256k1
};

struct BucketRow {
  BucketId bucket;
  RootRow row;
};

/// A lost race, recorded by the loser when its commit ended.
struct Race {
  std::uint64_t id = 0;  ///< given by the registry
  BucketId bucket;
  MasterId loser, winner;
  Version baseVersion, winnerVersion;
  std::optional<Cid> baseRoot, winnerRoot, loserRoot;
  std::vector<std::string> keys;  ///< the loser's, at most 100
  std::uint64_t keyCount = 0;
  std::uint32_t attempts = 0;
  std::string outcome;       ///< "rebased" | "gave up" | "refused" | "unknown"
  Version committedVersion;  ///< when rebased
  std::int64_t tookMicros = 0;
  Timestamp at;
  Timestamp keepUntil;  ///< loserRoot stays pinned until then, for those that gave up; 0 otherwise
};

struct Master {
  MasterId id;
  Epoch epoch;
  bool fenced = false;
  bool cas = false;
  std::string version;  ///< of the program
  std::string s3Address, apiAddress, blocksAddress;
  std::string nodeKey;  ///< hex SHA-256 of the node's TLS public key
  Bytes receiptKey;     ///< compressed secp256k1 public key
  std::string profile;  ///< "master" | "storage"
  Timestamp registeredAt, heartbeatAt;
};

/// The exclusive lease of a dark fleet's only writer.
struct WriterLease {
  MasterId holder;
  std::uint64_t term = 0;
  Timestamp expiresAt;
  bool live = false;  ///< by the registry's clock
};

struct Event {
  std::uint64_t sequence = 0;
  std::string kind;  ///< "flip" | "race" | "fleet" | "audit"
  Timestamp at;
  std::string json;  ///< one object; fields by kind in docs/formats/events.md
};

class IdentityRegistry;

class Registry {
 public:
  virtual ~Registry() = default;

  /// What masters share about who may do what (daemon/registry/identity.h). Lives as long as the registry.
  virtual IdentityRegistry& identity() = 0;

  // Root pointers.
  virtual Task<Result<RootRow>> read(BucketId bucket) = 0;
  virtual Task<FlipResult> flip(FlipRequest request) = 0;
  /// Rows with a root (tombstones left out), by name. An empty owner lists every owner's, by (owner, name).
  virtual Task<Result<std::vector<BucketRow>>> list(OwnerId owner) = 0;
  /// Rows with version in [from, to], ascending, at most `limit`.
  virtual Task<Result<std::vector<HistoryRow>>> history(BucketId bucket, Version from, Version to,
                                                        std::size_t limit) = 0;
  /// The newest row with this root; nullopt when the bucket's kept history has none. Of one spelling of the CID.
  virtual Task<Result<std::optional<HistoryRow>>> historyOfRoot(BucketId, Cid) {
    co_return fail(Errc::unsupported, "this registry does not look for roots");
  }
  /// Puts `thinned.checkpoint` in place of the rows that it covers. Errc::precondition, and nothing is changed, unless
  /// all of them are there, each is at least `leastAge` old by the registry's clock, and a newer row follows them.
  virtual Task<Status> thin(Thinned, Duration /*leastAge*/) {
    co_return fail(Errc::unsupported, "this registry does not thin");
  }
  /// What thinning left, with versions from `from` on, ascending, at most `limit`.
  virtual Task<Result<std::vector<Thinned>>> thinned(BucketId, Version /*from*/, std::size_t /*limit*/) {
    co_return std::vector<Thinned>();
  }
  /// Takes the turn on a bucket for `milliseconds` if nobody has it, else asks to be next, if nobody is. Gives whose
  /// turn it is. A flip that its holder wins hands it to whoever is next. With 0 the master hands over, or takes back
  /// that it asked. A hint, not durable: flips do not look at it.
  virtual Task<Result<MasterId>> takeTurn(BucketId bucket, MasterId master, std::uint32_t milliseconds) = 0;

  // Fleet-wide bucket names.
  /// The bucket that holds `name`: the one that an operator gave it to (SetAlias in identity.h), else that of the same
  /// name whose owner claimed it.
  virtual Task<Result<std::optional<BucketId>>> alias(BucketName name) = 0;
  /// For the owner's bucket of that name. Errc::already_exists when another owner's bucket holds it.
  virtual Task<Status> claimAlias(BucketName name, OwnerId owner) = 0;
  /// What was claimed, unless the bucket is there; what was given stays.
  virtual Task<Status> dropAlias(BucketName name, OwnerId owner) = 0;

  // Masters, fences, leases.
  /// Starts a new incarnation: bumps the epoch (which fences any older process of the same id) unless the master is
  /// fenced, which is returned as such and not bumped.
  virtual Task<Result<Master>> registerMaster(Master master) = 0;
  virtual Task<Status> heartbeat(MasterId master, Epoch epoch) = 0;
  virtual Task<Result<std::vector<Master>>> masters() = 0;
  /// Every receipt key that a master ever registered; engines that do not keep old ones give the present ones.
  virtual Task<Result<std::vector<ReceiptKey>>> receiptKeys() {
    auto all = co_await masters();
    if (!all) co_return all.error();
    std::vector<ReceiptKey> keys;
    for (auto& master : *all) keys.push_back({master.id, master.receiptKey});
    co_return keys;
  }
  /// Bumps the epoch and sets the fence; when this returns, no flip of an earlier epoch can win any more.
  virtual Task<Result<Epoch>> fence(MasterId master) = 0;
  virtual Task<Status> unfence(MasterId master) = 0;
  /// Takes or renews the lease for `milliseconds`; gives what stands, whoever holds it. Refused once requireCas is set.
  virtual Task<Result<WriterLease>> takeWriterLease(MasterId master, std::uint32_t milliseconds) = 0;
  virtual Task<Result<WriterLease>> writerLease() = 0;
  virtual Task<Status> releaseWriterLease(MasterId master, std::uint64_t term) = 0;
  virtual Task<Result<bool>> requireCas() = 0;
  virtual Task<Status> setRequireCas(bool required) = 0;
  /// The fleet's id: random, made once with the schema.
  virtual Task<Result<std::string>> fleetId() = 0;

  // Conflicts and events.
  virtual Task<Status> recordRace(Race race) = 0;
  /// Newest first; all buckets when `bucket` is nullopt.
  virtual Task<Result<std::vector<Race>>> races(std::optional<BucketId> bucket, std::size_t limit) = 0;
  /// Appends one; flips and races append their own.
  virtual Task<Status> addEvent(std::string kind, std::string json) = 0;
  /// Events with sequence > after, ascending.
  virtual Task<Result<std::vector<Event>>> events(std::uint64_t after, std::size_t limit) = 0;
  virtual Task<Result<std::uint64_t>> lastEvent() = 0;
};

}  // namespace cairn::registry
