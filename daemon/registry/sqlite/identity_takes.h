// From columns to rows about identities, for the reads of one table and of all changes alike.
//
// Contract: a CAIRN_SQL_... names the columns in the order in which its take...() reads them, key first.
#pragma once

#include "daemon/registry/sqlite/stored.h"

namespace cairn::registry::sqlite {

#define CAIRN_SQL_ACCESS_KEY                                                                               \
  "SELECT id, owner_id, sealed_secret, sealed_by, scope, label, enabled, deleted, created_at, expires_at," \
  " last_used_at FROM access_keys"
inline AccessKeyRow takeAccessKey(Stored& in) {
  AccessKeyRow row;
  row.id = in.text(0, "id");
  row.owner = OwnerId(in.text(1, "owner"));
  row.sealedSecret = in.blob(2, "sealed secret");
  row.sealedBy = in.text(3, "sealed by");
  row.scope = in.text(4, "scope");
  row.label = in.text(5, "label");
  row.enabled = in.flag(6, "enabled");
  row.deleted = in.flag(7, "deleted");
  row.createdAt = in.time(8, "created at");
  row.expiresAt = in.time(9, "expires at");
  row.lastUsedAt = in.time(10, "last used at");
  return row;
}

#define CAIRN_SQL_OPERATOR "SELECT wallet, role, by, at FROM operators"
inline OperatorRow takeOperator(Stored& in) {
  return {OwnerId(in.text(0, "wallet")), in.role(1, "role"), OwnerId(in.text(2, "by")), in.time(3, "at")};
}

}  // namespace cairn::registry::sqlite
