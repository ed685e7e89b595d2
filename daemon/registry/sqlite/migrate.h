// Brings a registry file to this program's schema, and back.
//
// Contract: migrate() applies the numbered migrations that are missing, in one transaction, so of several processes
// that open a fresh file one migrates and the others find it done. Errc::newer_version, with nothing changed, when the
// file is ahead of kSchemaVersion. rollBack() undoes those above a version, by default all of them (bucket_roots
// stays); it is for tests and for operators who leave. The SQL stands in migrations/ and is compiled in.
#pragma once

#include <span>

#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

struct Migration {
  int number;
  const char* up;
  const char* down;
};

/// Generated from migrations/*.sql.
std::span<const Migration> migrations();

/// Up to `to` (0: the newest); a file that is there already is left alone.
Status migrate(Connection& connection, int to = 0);
Status rollBack(Connection& connection, int to = 0);
/// 0 for a file without our tables.
Result<int> schemaVersion(Connection& connection);

}  // namespace cairn::registry::sqlite
