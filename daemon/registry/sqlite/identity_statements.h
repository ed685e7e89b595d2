// What masters share about identities on SQLite: the statements, without threads.
//
// Contract: each change runs inside a transaction of its caller, which rolls it back when it fails; each read takes the
// snapshot it needs. Rows given are checked already; rows read are not trusted: Errc::corrupt names table and key.
// Errors otherwise as daemon/registry/identity.h says. A change that masters must hear of raises the revision once and
// marks its rows with it. Rows past their time are dropped by later writes to the same table, at most kDroppedAtOnce
// each.
#pragma once

#include "common/identity/grant.h"
#include "common/identity/token.h"
#include "daemon/registry/identity.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

inline constexpr int kDroppedAtOnce = 16;
/// How long what a revocation voids can live, and how far ahead of a master's clock it may be issued.
inline constexpr std::int64_t kVoidedSeconds = identity::kMostGrantLife, kAheadSeconds = identity::kMostAhead;
static_assert(kVoidedSeconds >= identity::kMostTokenLife, "sessions and tokens end before grants do");
/// What masters' clocks may be apart from the registry's before something is dropped too early.
inline constexpr std::int64_t kMarginSeconds = 24 * 3600;
static_assert(kMarginSeconds > kAheadSeconds, "a clock that is trusted to issue tokens is within the margin");

/// Raises the revision and gives it.
Result<std::int64_t> raiseRevision(Connection& connection);
Result<AuthChanges> readChanges(Connection& connection, std::uint64_t revision, const std::string& wrappedFor);

/// Drops some of the rows whose time is over; `sql` has the seconds of grace as ?1 and a limit as ?2.
Status dropOld(Connection& connection, const char* sql, std::int64_t graceSeconds);
#define CAIRN_SQL_DROP(table, key)                                                                     \
  "DELETE FROM " table " WHERE " key " IN (SELECT " key " FROM " table " WHERE until < " CAIRN_SQL_NOW \
  " - ?1 * 1000 ORDER BY until LIMIT ?2)"

Status revoke(Connection& connection, const Revocation& mark);
Result<IdentityRegistry::Bound> bindNonce(Connection& connection, const Hash32& nonce, const Hash32& digest,
                                          Timestamp until);
Status revokeGrant(Connection& connection, const Hash32& digest, Timestamp until);
Result<bool> useGrant(Connection& connection, const Hash32& digest, std::uint64_t most, Timestamp until);

Status addSharedKey(Connection& connection, const SharedKeyRow& key, const std::vector<WrappedKey>& wrapped,
                    bool ifNone);
Status wrapSharedKey(Connection& connection, const WrappedKey& wrapped);
Status retireSharedKey(Connection& connection, const std::string& id);
/// As RetireSharedKey in daemon/registry/identity.h.
Status retireUnneededKey(Connection& connection, const std::string& id);

Status addAccessKey(Connection& connection, const AccessKeyRow& key);
Status setAccessKeyEnabled(Connection& connection, const std::string& id, bool enabled);
/// Takes id, sealed secret and sealing key of the row.
Status resealAccessKey(Connection& connection, const AccessKeyRow& key);
Status deleteAccessKey(Connection& connection, const std::string& id);
Status noteUses(Connection& connection, const std::vector<IdentityRegistry::Use>& uses);
Result<std::vector<AccessKeyRow>> readAccessKeys(Connection& connection, const OwnerId& owner);

Status setOperator(Connection& connection, const OperatorRow& row, bool onlyFirst);
Result<std::vector<OperatorRow>> readOperators(Connection& connection);
Status vouch(Connection& connection, const Voucher& voucher);
Result<std::vector<Voucher>> readVouchers(Connection& connection);

Result<AuditRow> appendAudit(Connection& connection, AuditRow row);
Result<AuditRow> act(Connection& connection, const Change& change, const AuditRow& row,
                     const std::optional<Once>& once);
Result<std::vector<AuditRow>> readAudit(Connection& connection, std::uint64_t from, std::uint64_t to,
                                        std::size_t limit);
Result<std::uint64_t> readLastAudit(Connection& connection);

}  // namespace cairn::registry::sqlite
