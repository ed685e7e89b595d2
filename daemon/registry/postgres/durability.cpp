#include "daemon/registry/postgres/durability.h"

namespace cairn::registry::postgres {
namespace {

std::string chance(const Rows& rows) {
  const std::string fsync = rows.text(0, 0), commit = rows.text(0, 1), standbys = rows.text(0, 2);
  if (fsync == "off") return "fsync is off: a crash of the database's machine can lose acknowledged writes";
  if (commit == "off") return "synchronous_commit is off: a crash of the database can lose acknowledged writes";
  if (commit == "local") return "synchronous_commit is local: a failover can lose acknowledged writes";
  if (commit == "remote_write")
    return "synchronous_commit is remote_write: a failover to a standby that crashed can lose acknowledged writes";
  if (standbys.empty())
    return "there is no synchronous standby (synchronous_standby_names is empty): a failover to another server can lose"
           " acknowledged writes";
  return {};
}

}  // namespace

const char* const kDurability =
    "SELECT current_setting('fsync'), current_setting('synchronous_commit'),"
    " current_setting('synchronous_standby_names')";

Call durabilityCall() {
  return call(kDurability);
}

std::string losesHow(const Rows& rows) {
  std::string how = chance(rows);
  return how.empty() ? how : how + "; automatic failover is therefore closed";
}

Call confirmCall() {
  return call(
      "SELECT pg_logical_emit_message(true, 'cairn', ''::text)"
      " WHERE current_setting('synchronous_standby_names') <> ''");
}

}  // namespace cairn::registry::postgres
