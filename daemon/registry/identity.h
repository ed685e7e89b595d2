// What masters share about who may do what: revocations, bound nonces, shared keys, access keys, operators, grants, and
// the audit log.
//
// Contract (every engine passes tests/unit/daemon/registry/conformance_identity): calls are thread-safe, suspend, and
// either do all they say or nothing. Errors as in registry.h (Errc::unavailable; Errc::corrupt, a row that cannot be
// read, named by its table and key), Errc::invalid for a row that identity_check.h finds fault with,
// Errc::unknown_outcome for a change whose commit got no answer, and others where noted. Wallets are OwnerIds: "0x" and
// 40 lower-case hex digits. Secrets and keys in here are sealed by the caller; no engine sees one in clear. Every
// change that a master must hear of within 2 s raises the revision, and changesSince() gives exactly the rows changed
// later than one: a master that starts asks with 0. Issue times are seconds since 1970, everything else milliseconds by
// the registry's clock. `createdAt` and `at` of rows are given by the engine, whatever the caller put there. Texts are
// UTF-8 without NUL.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/identity/audit.h"
#include "daemon/rt/async.h"

namespace cairn::registry {

using Hash32 = std::array<std::uint8_t, 32>;

/// All tokens of `wallet` issued at or before `upTo` are void, and so is what was derived from them.
struct Revocation {
  OwnerId wallet;
  std::int64_t upTo = 0;  ///< seconds since 1970; never lowered
};

struct AccessKeyRow {
  std::string id;
  OwnerId owner;
  Bytes sealedSecret;  ///< under the shared key `sealedBy`
  std::string sealedBy;
  std::string scope;  ///< JSON, empty: everything the owner may do
  std::string label;
  bool enabled = true;
  bool deleted = false;  ///< only from changesSince(): forget it; its secret is gone
  Timestamp createdAt;
  Timestamp expiresAt;   ///< 0: never
  Timestamp lastUsedAt;  ///< 0: never; raises no revision, and may be lost with the machine's power
};

/// The purpose of shared keys that others than masters sign with: there may be none.
inline constexpr std::string_view kJwtKey = "jwt";

/// A key that all masters use, e.g. to seal sessions. Newest `active` one of a purpose seals, all that are not
/// `retired` open.
struct SharedKeyRow {
  std::string id;  ///< 16 hex digits, random
  std::string purpose;
  Timestamp createdAt;
  bool retired = false;
};
/// A shared key as sealed for the holders of one key-encryption key.
struct WrappedKey {
  std::string keyId;
  std::string wrappedFor;  ///< names the key-encryption key: 16 hex digits of a hash of it
  Bytes wrapped;
};

/// Each may do what those before it may; none: no operator any more.
enum class Role { none, viewer, operator_, admin };
struct OperatorRow {
  OwnerId wallet;
  Role role = Role::none;
  OwnerId by;  ///< who gave the role; empty for the first
  Timestamp at;
};

/// An operator's word that a master's receipt key is the fleet's.
struct Voucher {
  MasterId master;
  Bytes publicKey;  ///< compressed secp256k1
  OwnerId by;
  std::string message;  ///< the typed data that was signed, as JSON
  Bytes signature;      ///< r||s||v
  Timestamp at;
};

/// Its sequence, `at` and hashes are given by the engine.
using AuditRow = identity::AuditRow;

/// One that another program spoilt: `key` is its first column, `why` names column and fault.
struct UnreadableRow {
  std::string table, key, why;
  friend bool operator==(const UnreadableRow&, const UnreadableRow&) = default;
};

// What act() changes, one at a time, beside the rows above: a Revocation is raised, an AccessKeyRow added, a Voucher
// kept, as the calls of those names do.
struct SetOperator {
  OperatorRow row;
  bool onlyFirst = false;
};
struct RevokeGrant {
  Hash32 digest{};
  Timestamp until;
};
struct AddSharedKey {
  SharedKeyRow key;
  std::vector<WrappedKey> wrapped;
};
/// Errc::precondition for a key that seals access keys, or is the only one of its purpose (but kJwtKey) that is not
/// retired.
struct RetireSharedKey {
  std::string id;
};
struct SetAccessKeyEnabled {
  std::string id;
  bool enabled = true;
};
struct DeleteAccessKey {
  std::string id;
};
/// Gives a fleet-wide name to a bucket, or to none: whoever held it before, given or claimed, does not any more.
/// Errc::not_found where none would take it from nobody. Raises no revision: names are asked of the registry itself.
struct SetAlias {
  BucketName name;
  std::optional<BucketId> bucket;
  OwnerId by;
};
/// As Registry::setRequireCas(). Errc::precondition where it is so already.
struct RequireCas {
  bool required = true;
};
/// The first: nothing; the audit row is all.
using Change = std::variant<std::monostate, SetOperator, Revocation, RevokeGrant, AddSharedKey, RetireSharedKey,
                            AccessKeyRow, SetAccessKeyEnabled, DeleteAccessKey, Voucher, SetAlias, RequireCas>;

/// A signed message, which counts once, and what its signer must be at that moment.
struct Once {
  Hash32 nonce{}, digest{};
  Timestamp until;  ///< the message's own end
  OwnerId by;
  Role least = Role::none;  ///< none: whoever he is
};

struct AuthChanges {
  std::uint64_t revision = 0;
  std::vector<Revocation> revocations;
  std::vector<AccessKeyRow> accessKeys;
  std::vector<SharedKeyRow> sharedKeys;
  std::vector<WrappedKey> wrappedKeys;
  std::vector<OperatorRow> operators;
  std::vector<Hash32> revokedGrants;
  std::vector<UnreadableRow> unreadable;  ///< left out above; the caller puts what is safe in their places
};

class IdentityRegistry {
 public:
  virtual ~IdentityRegistry() = default;

  /// All of one moment. `wrappedFor` limits wrappedKeys to those of one key-encryption key; empty gives all. A revision
  /// that the registry has not reached yet (it was put back from a copy) counts as 0. A row that cannot be read stops
  /// nobody but whom it names, and is given in `unreadable`; it is Errc::corrupt for all only when it says neither whom
  /// it is about nor can be done without: a revocation without a wallet (the key of others is that wallet), a revoked
  /// grant.
  virtual Task<Result<AuthChanges>> changesSince(std::uint64_t revision, std::string wrappedFor) = 0;

  /// Raises the wallet's mark to `upTo` if it is lower. Marks older than a grant can live (identity::kMostGrantLife)
  /// are dropped by the engine. How far ahead a mark may lie is the caller's to bound.
  virtual Task<Status> revoke(OwnerId wallet, std::int64_t upTo) = 0;

  struct Bound {
    Hash32 digest{};     ///< what the nonce is bound to
    bool first = false;  ///< by this call
  };
  /// Binds `nonce` to `digest` if it is bound to nothing yet. Bindings are dropped some time after the latest `until`
  /// with which they were asked for.
  virtual Task<Result<Bound>> bindNonce(Hash32 nonce, Hash32 digest, Timestamp until) = 0;

  /// Adds the key and its wrapped forms. Errc::already_exists for a known id; when `ifNone`, also when a key of this
  /// purpose that is not retired exists: of several masters that start at once, one makes the fleet's first key.
  virtual Task<Status> addSharedKey(SharedKeyRow key, std::vector<WrappedKey> wrapped, bool ifNone) = 0;
  /// In place of the form wrapped for the same key-encryption key, if there is one. not_found for an unknown keyId
  virtual Task<Status> wrapSharedKey(WrappedKey wrapped) = 0;
  virtual Task<Status> retireSharedKey(std::string id) = 0;  ///< not_found; again is no change

  virtual Task<Status> addAccessKey(AccessKeyRow key) = 0;  ///< already_exists, also for an id that was deleted
  virtual Task<Status> setAccessKeyEnabled(std::string id, bool enabled) = 0;  ///< not_found
  /// The same secret under another shared key or in another form. not_found
  virtual Task<Status> resealAccessKey(std::string id, Bytes sealedSecret, std::string sealedBy) = 0;
  virtual Task<Status> deleteAccessKey(std::string id) = 0;  ///< not_found; the id is never free again
  struct Use {
    std::string id;
    Timestamp at;
  };
  /// Raises lastUsedAt, to no later than now; unknown ids are passed over. Not durable before the next other write.
  virtual Task<Status> noteUses(std::vector<Use> uses) = 0;
  /// Not deleted ones, by id; all owners when `owner` is empty.
  virtual Task<Result<std::vector<AccessKeyRow>>> accessKeys(OwnerId owner) = 0;

  /// Gives or takes a role, and refuses (Errc::precondition) to take the last admin's. Taking a role that nobody has is
  /// no change. With `onlyFirst`: only where there is no operator at all (already_exists otherwise), and an admin.
  virtual Task<Status> setOperator(OperatorRow row, bool onlyFirst) = 0;
  virtual Task<Result<std::vector<OperatorRow>>> operators() = 0;  ///< those with a role, by wallet

  /// Kept until some time after `until`, when the grant is void by itself.
  virtual Task<Status> revokeGrant(Hash32 digest, Timestamp until) = 0;
  /// Counts one use of a grant that allows `most`; false when they are used up.
  virtual Task<Result<bool>> useGrant(Hash32 digest, std::uint64_t most, Timestamp until) = 0;

  /// One a master, key and operator; a later one stands in the place of an earlier one.
  virtual Task<Status> vouch(Voucher voucher) = 0;
  virtual Task<Result<std::vector<Voucher>>> vouchers() = 0;  ///< by master, key and operator

  /// Makes the change and appends the row that tells of it, or does neither. With `once`, in the same transaction: a
  /// message already acted upon changes nothing, and gives the row that was appended then, whoever may do what by now;
  /// another digest under its nonce is Errc::already_exists, and a signer without the role Errc::denied. A message is
  /// remembered until some time after `until`. Errors otherwise as of the change.
  virtual Task<Result<AuditRow>> act(Change change, AuditRow row, std::optional<Once> once) = 0;
  /// Appends to the chain; also adds an event of kind "audit". Returns the row as it stands.
  virtual Task<Result<AuditRow>> appendAudit(AuditRow row) = 0;
  /// Rows with sequence in [from, to], ascending, at most `limit`.
  virtual Task<Result<std::vector<AuditRow>>> audit(std::uint64_t from, std::uint64_t to, std::size_t limit) = 0;
  /// The newest row's sequence, 0 when there is none. Engines that cannot look it up walk there.
  virtual Task<Result<std::uint64_t>> lastAudit() {
    for (std::uint64_t last = 0;;) {
      auto rows = co_await audit(last + 1, UINT64_MAX, 1000);
      if (!rows) co_return rows.error();
      if (rows->empty()) co_return last;
      last = rows->back().sequence;
    }
  }
};

}  // namespace cairn::registry
