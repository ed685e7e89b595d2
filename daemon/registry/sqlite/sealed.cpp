#include "daemon/registry/sqlite/sealed.h"

namespace cairn::registry::sqlite {
namespace {

constexpr const char* kSeal =
    "CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), destination TEXT NOT NULL, at INTEGER NOT NULL);"
    "CREATE TRIGGER bucket_roots_moved_insert BEFORE INSERT ON bucket_roots BEGIN"
    "  SELECT RAISE(ABORT, 'cairn:moved: this registry was moved to a server'); END;"
    "CREATE TRIGGER bucket_roots_moved_update BEFORE UPDATE ON bucket_roots BEGIN"
    "  SELECT RAISE(ABORT, 'cairn:moved: this registry was moved to a server'); END;"
    "PRAGMA user_version = 1";
constexpr const char* kUnseal =
    "DROP TRIGGER bucket_roots_moved_update; DROP TRIGGER bucket_roots_moved_insert; DROP TABLE moved;"
    "PRAGMA user_version = 0";

}  // namespace

Status notSealed(Connection& c) {
  {
    Query version(c, "PRAGMA user_version");
    if (version.step() != SQLITE_ROW) return c.error("ask whether it was moved");
    if (version.integer(0) == 0) return {};
  }
  auto where = sealedTo(c);
  if (!where) return where.error();
  return fail(Errc::unavailable, "this registry file was moved to " + where->value_or("a server") +
                                     ": let [registry] of this master's configuration name that one, and restart it");
}

Result<std::optional<std::string>> sealedTo(Connection& c) {
  {
    Query exists(c, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'moved'");
    const int rc = exists.step();
    if (rc == SQLITE_DONE) return std::optional<std::string>();
    if (rc != SQLITE_ROW) return c.error("ask whether it was moved");
  }
  Query row(c, "SELECT destination FROM moved WHERE one = 1");
  if (row.step() != SQLITE_ROW) return c.error("read where it was moved to");
  return std::optional<std::string>(row.text(0));
}

Status seal(Connection& c, const std::string& destination) {
  if (Status made = c.exec(kSeal); !made) return made;
  return Query(c, "INSERT INTO moved VALUES (1, ?1, " CAIRN_SQL_NOW ")", destination).run("note where it was moved to");
}

Status unseal(Connection& c) {
  return c.exec(kUnseal);
}

}  // namespace cairn::registry::sqlite
