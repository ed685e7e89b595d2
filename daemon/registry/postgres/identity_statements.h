// What masters share about identities on PostgreSQL: the statements of changes.
//
// Contract: each body runs in a transaction of its caller, which undoes it when it fails. What reads and then decides
// locks the revision first (raised or not): such changes are one after another, each sees all before it, and a snapshot
// that has a revision has all beneath it. Rows given are checked already; rows read are not trusted: Errc::corrupt
// names table and key. Errors otherwise as daemon/registry/identity.h says. Rows past their time are dropped by later
// writes to the same table, at most kDroppedAtOnce each.
#pragma once

#include "common/identity/grant.h"
#include "common/identity/token.h"
#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/postgres/identity_rows.h"

namespace cairn::registry::postgres {

inline constexpr int kDroppedAtOnce = 16;
/// How long what a revocation voids can live, and how far ahead of a master's clock it may be issued.
inline constexpr std::int64_t kVoidedSeconds = identity::kMostGrantLife, kAheadSeconds = identity::kMostAhead;
static_assert(kVoidedSeconds >= identity::kMostTokenLife, "sessions and tokens end before grants do");
/// What masters' clocks may be apart from the registry's before something is dropped too early.
inline constexpr std::int64_t kMarginSeconds = 24 * 3600;
static_assert(kMarginSeconds > kAheadSeconds, "a clock that is trusted to issue tokens is within the margin");

/// Keeps other changes waiting until this transaction ends, and gives the revision that stands.
Task<Result<std::int64_t>> lockRevision(Transaction& t);
/// Raises it and gives the new one.
Task<Result<std::int64_t>> raiseRevision(Transaction& t);
/// Drops some of the rows whose time is over; `sql` has the seconds of grace as $1 and a limit as $2.
Task<Status> dropOld(Transaction& t, const char* sql, std::int64_t graceSeconds);
#define CAIRN_PG_DROP(table, key)                                                                        \
  "DELETE FROM " table " WHERE " key " IN (SELECT " key " FROM " table " WHERE until < " CAIRN_PG_NOW_MS \
  " - $1::bigint * 1000 ORDER BY until LIMIT $2::bigint FOR UPDATE SKIP LOCKED)"

Task<Status> revoke(Transaction& t, const Revocation& mark);
Task<Result<IdentityRegistry::Bound>> bindNonce(Transaction& t, Hash32 nonce, Hash32 digest, Timestamp until);
Task<Status> revokeGrant(Transaction& t, Hash32 digest, Timestamp until);
Task<Result<bool>> useGrant(Transaction& t, Hash32 digest, std::uint64_t most, Timestamp until);

Task<Status> addSharedKey(Transaction& t, const AddSharedKey& change, bool ifNone);
Task<Status> wrapSharedKey(Transaction& t, const WrappedKey& wrapped);
Task<Status> retireSharedKey(Transaction& t, const std::string& id);
/// As RetireSharedKey in daemon/registry/identity.h.
Task<Status> retireUnneededKey(Transaction& t, const std::string& id);
Task<Status> addAccessKey(Transaction& t, const AccessKeyRow& key);
Task<Status> setAccessKeyEnabled(Transaction& t, const std::string& id, bool enabled);
/// Takes id, sealed secret and sealing key of the row.
Task<Status> resealAccessKey(Transaction& t, const AccessKeyRow& key);
Task<Status> deleteAccessKey(Transaction& t, const std::string& id);

Task<Status> setOperator(Transaction& t, const OperatorRow& row, bool onlyFirst);
Task<Status> vouch(Transaction& t, const Voucher& voucher);
Task<Result<AuditRow>> act(Transaction& t, const Change& change, const AuditRow& row, const std::optional<Once>& once);

}  // namespace cairn::registry::postgres
