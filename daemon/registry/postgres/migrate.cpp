#include "daemon/registry/postgres/migrate.h"

#include "daemon/registry/postgres/durability.h"
#include "daemon/registry/postgres/plain.h"
#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {
namespace {

constexpr const char* kLock = "SELECT pg_advisory_xact_lock(hashtext('cairn migrations'))";

Result<int> schemaVersion(Plain& c) {
  auto exists = c.run("SELECT to_regclass('fleet') IS NOT NULL AND to_regclass('bucket_root_history') IS NOT NULL");
  if (!exists) return exists.error();
  if (!exists->flag(0, 0)) return 0;
  auto version = c.run("SELECT schema_version FROM fleet WHERE one = 1");
  if (!version) return version.error();
  if (version->empty()) return fail(Errc::corrupt, "the registry's table fleet has no row");
  return static_cast<int>(version->integer(0, 0));
}

Status writeVersion(Plain& c, int version) {
  return c.exec("UPDATE fleet SET schema_version = " + std::to_string(version));
}

Status goUp(Plain& c, int from, int to) {
  for (const Migration& m : migrations()) {
    if (m.number <= from || m.number > to) continue;
    Status done = c.exec(m.up);
    if (done) done = writeVersion(c, m.number);
    if (!done) return done;
  }
  return {};
}

Status goDown(Plain& c, int from, int to) {
  auto all = migrations();
  for (auto m = all.rbegin(); m != all.rend(); ++m) {
    if (m->number <= to || m->number > from) continue;
    Status done = c.exec(m->down);
    if (done && m->number > 1) done = writeVersion(c, m->number - 1);  // the first one takes the fleet's row along
    if (!done) return done;
  }
  return {};
}

Error newer(int have) {
  return fail(Errc::newer_version, "the registry has schema version " + std::to_string(have) +
                                       ", this program knows versions up to " +
                                       std::to_string(migrations().back().number) + ": run a newer Cairn");
}

Status countForeign(Plain& c, Migrated& out) {
  auto rows = c.run(
      "SELECT r.root_cid FROM bucket_roots AS r WHERE COALESCE(r.root_cid, '') <> '' AND NOT EXISTS (SELECT 1 FROM"
      " bucket_root_history AS h WHERE h.owner_id = r.owner_id AND h.bucket = r.bucket AND h.version = r.version)");
  if (!rows) return rows.error();
  out.foreignRoots = static_cast<std::size_t>(rows->size());
  for (int i = 0; i < rows->size(); ++i) out.unreadable += rootOf(rows->text(i, 0)) ? 0 : 1;
  return {};
}

Status migrateWithin(Plain& c, int to, Migrated& out) {
  if (Status locked = c.exec(kLock); !locked) return locked;
  auto have = schemaVersion(c);
  if (!have) return have.error();
  out.from = *have;
  out.to = to < 0 ? migrations().back().number : to;
  if (out.from > migrations().back().number) return newer(out.from);
  if (out.to > migrations().back().number)
    return fail(Errc::invalid, "there is no migration " + std::to_string(out.to));
  Status done = out.to >= out.from ? goUp(c, out.from, out.to) : goDown(c, out.from, out.to);
  return done && out.to > 0 ? countForeign(c, out) : done;
}

}  // namespace

Result<Found> inspect(const std::vector<Keywords>& hosts, std::chrono::milliseconds patience) {
  auto plain = Plain::connect(hosts, patience);
  if (!plain) return plain.error();
  auto schema = schemaVersion(*plain);
  if (!schema) return schema.error();
  auto filling = plain->run("SELECT 1 WHERE to_regclass('moving_in') IS NOT NULL");
  if (!filling) return filling.error();
  if (!filling->empty())
    return fail(
        Errc::precondition,
        "a registry file is being moved into this database: wait for `cairnd move registry` to end, or run it again");
  if (*schema > migrations().back().number) return newer(*schema);
  if (*schema < migrations().back().number)
    return fail(Errc::precondition, "the registry has schema version " + std::to_string(*schema) +
                                        ", this program needs " + std::to_string(migrations().back().number) +
                                        ": run `cairnd migrate`");
  auto settings = plain->run(kDurability);
  if (!settings) return settings.error();
  return Found{*schema, losesHow(*settings)};
}

}  // namespace cairn::registry::postgres

namespace cairn::registry {

Result<PostgresUrl> checkPostgresUrl(const std::string& url) {
  auto parsed = postgres::parseConninfo(url);
  if (!parsed) return parsed.error();
  return PostgresUrl{parsed->front().contains("password")};
}

Result<Migrated> migratePostgres(const std::string& url, int to) {
  auto hosts = postgres::parseConninfo(url);
  if (!hosts) return hosts.error();
  auto plain = postgres::Plain::connect(*hosts, std::chrono::seconds(10));
  if (!plain) return plain.error();
  Migrated out;
  Status done = plain->exec("BEGIN ISOLATION LEVEL READ COMMITTED");
  if (done) done = postgres::migrateWithin(*plain, to, out);
  if (done) done = plain->exec("COMMIT");
  if (!done) return done.error();
  return out;
}

}  // namespace cairn::registry
