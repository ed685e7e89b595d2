#include "daemon/registry/move/move.h"

#include <chrono>

#include "daemon/registry/move/copier.h"
#include "daemon/registry/postgres/migrate.h"
#include "daemon/registry/postgres/postgres.h"
#include "daemon/registry/sqlite/migrate.h"
#include "daemon/registry/sqlite/sealed.h"

namespace cairn::registry {
namespace move {
namespace {

using Clock = std::chrono::steady_clock;
// So many new rows are copied fast enough while writes wait.
constexpr std::uint64_t kFewRows = 2000;
constexpr int kMaxRounds = 100;  // a registry that is written faster than it is copied is paused all the same

struct Ends {
  std::unique_ptr<sqlite::Connection> file;
  postgres::Plain server;
  std::string where;  ///< the database, without its password
  std::string fleet;  ///< the file's
  std::optional<std::string> sealed;
};

Status oneAtATime(postgres::Plain& server) {
  auto locked = server.run("SELECT pg_try_advisory_lock(hashtext('cairn move'))");
  if (!locked) return locked.error();
  if (locked->flag(0, 0)) return {};
  return fail(Errc::unavailable, "another `cairnd move registry` is at work on this database");
}

Result<std::string> fleetOf(sqlite::Connection& file) {
  sqlite::Query query(file, "SELECT id FROM fleet WHERE one = 1");
  if (query.step() != SQLITE_ROW) return file.error("read the fleet's id");
  return query.text(0);
}

Result<Ends> connect(const std::filesystem::path& path, const std::string& url) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return fail(Errc::not_found, "there is no registry file " + path.string());
  auto hosts = postgres::parseConninfo(url);
  if (!hosts) return hosts.error();
  auto file = sqlite::Connection::open({path.string(), {}, true, std::chrono::seconds(30)});
  if (!file) return file.error();
  auto sealed = sqlite::sealedTo(**file);
  if (!sealed) return sealed.error();
  if (!*sealed)
    if (Status ready = sqlite::migrate(**file); !ready) return ready.error();
  auto fleet = fleetOf(**file);
  if (!fleet) return fleet.error();
  auto server = postgres::Plain::connect(*hosts, std::chrono::seconds(10));
  if (!server) return server.error();
  if (Status alone = oneAtATime(*server); !alone) return alone.error();
  return Ends{std::move(*file), std::move(*server), postgres::describe(hosts->front()), *fleet, *sealed};
}

enum class Target { empty, filling, live };

Result<Target> targetOf(Ends& ends) {
  auto mark = ends.server.run("SELECT to_regclass('moving_in') IS NOT NULL, to_regclass('fleet') IS NOT NULL");
  if (!mark) return mark.error();
  if (mark->flag(0, 0)) {
    auto from = ends.server.run("SELECT fleet FROM moving_in WHERE name = ''");
    if (!from) return from.error();
    if (!from->empty() && from->text(0, 0) == ends.fleet) return Target::filling;
    return fail(Errc::precondition, ends.where + " is being filled from another fleet's registry");
  }
  if (!mark->flag(0, 1)) return Target::empty;
  auto fleet = ends.server.run("SELECT id FROM fleet WHERE one = 1");
  if (!fleet) return fleet.error();
  if (!fleet->empty() && fleet->text(0, 0) == ends.fleet) return Target::live;
  return Target::empty;
}

Status mustBeEmpty(Ends& ends) {
  for (const char* table : {"bucket_roots", "bucket_root_history", "masters", "access_keys", "audit", "operators"}) {
    auto found = ends.server.run(std::string("SELECT 1 FROM ") + table + " LIMIT 1");
    if (!found) return found.error();
    if (!found->empty())
      return fail(Errc::precondition, ends.where + " has rows in its table " + table +
                                          " already: name an empty database; registries that diverged are merged by"
                                          " `cairnd registry reconcile`");
  }
  return {};
}

Status prepare(Ends& ends, const std::string& url, Target target) {
  if (auto migrated = migratePostgres(url); !migrated) return migrated.error();
  if (target == Target::filling) return {};
  if (Status empty = mustBeEmpty(ends); !empty) return empty;
  return ends.server.exec(
      "BEGIN; CREATE TABLE moving_in (name TEXT PRIMARY KEY, fleet TEXT NOT NULL DEFAULT '', up_to BIGINT NOT NULL "
      "DEFAULT 0,"
      " copied BIGINT NOT NULL DEFAULT 0, passes BIGINT NOT NULL DEFAULT 0);"
      " INSERT INTO moving_in (name, fleet) VALUES ('', '" +
      ends.fleet + "'); COMMIT");
}

/// While masters serve: until little is new.
Status copyBeside(Copier& copier, const MoveProgress& progress) {
  for (const Table& table : copier.tables()) {
    if (!table.grows) continue;
    std::uint64_t rows = 0;
    for (int round = 0; round < kMaxRounds; ++round) {
      auto copied = copier.pass(table);
      if (!copied) return copied.error();
      rows += *copied;
      if (*copied < kFewRows) break;
      progress(table.name + ": " + std::to_string(rows) + " rows copied");
    }
  }
  return {};
}

/// Both transactions are open; after this the database has everything, unseen until the caller commits it.
Result<Moved> copyLast(Ends& ends, Copier& copier) {
  auto rows = copier.rest();
  if (!rows) return rows.error();
  auto buckets = ends.server.run("SELECT count(*) FROM bucket_roots");
  if (!buckets) return buckets.error();
  // The copied row of the fleet holds the version of the file's schema, whose migrations are counted apart.
  Status done = ends.server.exec(
      "UPDATE fleet SET schema_version = " + std::to_string(postgres::migrations().back().number) +
      ";"
      " UPDATE event_cursor SET last = COALESCE((SELECT max(sequence) FROM events), 0), seen = pg_current_snapshot();"
      " DROP TABLE moving_in");
  if (!done) return done.error();
  return Moved{*rows, buckets->count(0, 0), 0, false};
}

Result<Moved> sealAndGoLive(Ends& ends, Copier& copier) {
  const auto began = Clock::now();
  Status begun = ends.file->exec("BEGIN IMMEDIATE");
  ends.file->fairness().withdraw();
  if (begun) begun = ends.server.exec("BEGIN; SET LOCAL cairn.flips = 'on'");
  if (!begun) return begun.error();
  auto moved = copyLast(ends, copier);
  Status sealed = moved ? Status() : Status(moved.error());
  if (sealed && !ends.sealed) sealed = sqlite::seal(*ends.file, ends.where);
  if (sealed) sealed = ends.file->exec("COMMIT");
  if (!sealed) {
    if (ends.file->inTransaction()) static_cast<void>(ends.file->exec("ROLLBACK"));
    static_cast<void>(ends.server.exec("ROLLBACK"));
    return sealed.error();
  }
  if (Status live = ends.server.exec("COMMIT"); !live)
    return fail(
        live.error().code,
        live.error().message + "; the file is sealed, and whether the database is live is not known: run this again");
  moved->pausedMilliseconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count());
  return moved;
}

}  // namespace
}  // namespace move

Result<Moved> moveRegistry(const std::filesystem::path& file, const std::string& url, const MoveProgress& progress) {
  auto ends = move::connect(file, url);
  if (!ends) return ends.error();
  auto target = move::targetOf(*ends);
  if (!target) return target.error();
  if (*target == move::Target::live) {
    if (ends->sealed) return Moved{0, 0, 0, true};
    return fail(Errc::precondition, ends->where + " is this fleet's registry, and so is the file " + file.string() +
                                        ", which was not sealed: stop its masters and find out which of them is right");
  }
  if (ends->sealed && *target == move::Target::empty)
    return fail(Errc::precondition, file.string() + " was moved to " + *ends->sealed + ", not to " + ends->where);
  if (Status ready = move::prepare(*ends, url, *target); !ready) return ready.error();
  auto tables = move::sharedTables(*ends->file, ends->server);
  if (!tables) return tables.error();
  move::Copier copier(*ends->file, ends->server, std::move(*tables));
  if (Status resumed = copier.resume(); !resumed) return resumed.error();
  progress("copying to " + ends->where + " while masters serve");
  if (Status copied = move::copyBeside(copier, progress); !copied) return copied.error();
  progress("sealing " + file.string());
  return move::sealAndGoLive(*ends, copier);
}

Status abandonMove(const std::filesystem::path& file, const std::string& url) {
  auto ends = move::connect(file, url);
  if (!ends) return ends.error();
  if (!ends->sealed) return fail(Errc::precondition, file.string() + " is not sealed: its masters serve");
  auto target = move::targetOf(*ends);
  if (!target) return target.error();
  if (*target != move::Target::filling)
    return fail(Errc::precondition,
                ends->where + " is live, or not where the file was moved to; the file stays sealed");
  Status done = ends->file->exec("BEGIN IMMEDIATE");
  if (done) done = sqlite::unseal(*ends->file);
  if (done) done = ends->file->exec("COMMIT");
  ends->file->fairness().withdraw();
  return done;
}

}  // namespace cairn::registry
