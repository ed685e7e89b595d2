#include "daemon/registry/sqlite/migrate.h"

#include <functional>

namespace cairn::registry::sqlite {
namespace {

Status writeVersion(Connection& c, int version) {
  return Query(c, "UPDATE fleet SET schema_version = ?1", static_cast<std::int64_t>(version)).run("migrate");
}

Status applyMissing(Connection& c, int to) {
  auto have = schemaVersion(c);
  if (!have) return have.error();
  const int latest = migrations().back().number;
  if (*have > latest)
    return fail(Errc::newer_version, "the registry has schema version " + std::to_string(*have) +
                                         ", this program knows versions up to " + std::to_string(latest) +
                                         ": run a newer Cairn");
  for (const Migration& m : migrations()) {
    if (m.number <= *have || m.number > to) continue;
    Status done = c.exec(m.up);
    if (done) done = writeVersion(c, m.number);
    if (!done) return done;
  }
  return {};
}

Status inTransaction(Connection& c, const std::function<Status(Connection&)>& body) {
  Status begun = c.exec("BEGIN IMMEDIATE");
  c.fairness().withdraw();
  if (!begun) return begun;
  Status done = body(c);
  if (done) done = c.exec("COMMIT");
  if (!done && c.inTransaction()) static_cast<void>(c.exec("ROLLBACK"));
  return done;
}

}  // namespace

Result<int> schemaVersion(Connection& c) {
  Query exists(c, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'fleet'");
  if (exists.step() != SQLITE_ROW) return c.error("read its schema");
  if (exists.integer(0) == 0) return 0;
  Query version(c, "SELECT schema_version FROM fleet WHERE one = 1");
  if (version.step() != SQLITE_ROW) return c.error("read its schema version");
  return static_cast<int>(version.integer(0));
}

Status migrate(Connection& c, int to) {
  auto have = schemaVersion(c);
  if (!have) return have.error();
  if (to == 0) to = migrations().back().number;
  if (*have == to) return {};
  return inTransaction(c, [to](Connection& inner) { return applyMissing(inner, to); });
}

Status rollBack(Connection& c, int to) {
  return inTransaction(c, [to](Connection& inner) -> Status {
    auto have = schemaVersion(inner);
    if (!have) return have.error();
    auto all = migrations();
    for (auto m = all.rbegin(); m != all.rend(); ++m) {
      if (m->number <= to || m->number > *have) continue;
      Status done = inner.exec(m->down);
      if (done && m->number > 1)
        done = writeVersion(inner, m->number - 1);  // the first one takes the fleet's row along
      if (!done) return done;
    }
    return {};
  });
}

}  // namespace cairn::registry::sqlite
