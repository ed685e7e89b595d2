// From columns to rows about identities, for the reads of one table and of all changes alike.
//
// Contract: pure. A CAIRN_PG_... names the columns in the order in which its take...() reads them, key first.
#pragma once

#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/postgres/stored.h"

namespace cairn::registry::postgres {

#define CAIRN_PG_ACCESS_KEY                                                                      \
  "SELECT id, owner_id, sealed_secret, sealed_by, scope, label, enabled, deleted, " CAIRN_PG_MS( \
      "created_at") ", expires_at, last_used_at FROM access_keys"
AccessKeyRow takeAccessKey(Stored& in);

#define CAIRN_PG_OPERATOR "SELECT wallet, role, by, " CAIRN_PG_MS("at") " FROM operators"
OperatorRow takeOperator(Stored& in);

/// All tables as they changed after `since`, in one snapshot; takeChanges() takes the answers.
std::vector<Call> changesCalls(std::uint64_t since, const std::string& wrappedFor);
Result<AuthChanges> takeChanges(const std::vector<Rows>& answers);

Call accessKeysCall(const OwnerId& owner);
Result<std::vector<AccessKeyRow>> takeAccessKeys(const Rows& rows);
Call operatorsCall();
Result<std::vector<OperatorRow>> takeOperators(const Rows& rows);
Call vouchersCall();
Result<std::vector<Voucher>> takeVouchers(const Rows& rows);
Call auditCall(std::uint64_t from, std::uint64_t to, std::size_t limit);
Result<std::vector<AuditRow>> takeAudit(const Rows& rows);

}  // namespace cairn::registry::postgres
