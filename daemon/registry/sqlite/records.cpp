#include "daemon/registry/sqlite/records.h"

#include <algorithm>

#include "daemon/registry/sqlite/rows.h"

namespace cairn::registry::sqlite {
namespace {

std::int64_t sqlLimit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(limit, INT64_MAX));
}

Race takeRace(Query& q) {
  Race r;
  r.id = q.count(0);
  r.bucket = {OwnerId(q.text(1)), BucketName(q.text(2))};
  r.loser = MasterId(q.text(3));
  r.winner = MasterId(q.text(4));
  r.baseVersion = Version(q.count(5));
  r.winnerVersion = Version(q.count(6));
  r.baseRoot = rootOf(q.text(7));
  r.winnerRoot = rootOf(q.text(8));
  r.loserRoot = rootOf(q.text(9));
  r.keys = parseJsonArray(q.text(10));
  r.keyCount = q.count(11);
  r.attempts = static_cast<std::uint32_t>(q.count(12));
  r.outcome = q.text(13);
  r.committedVersion = Version(q.count(14));
  r.tookMicros = q.integer(15);
  r.at = timeOf(q.integer(16));
  r.keepUntil = timeOf(q.integer(17));
  return r;
}

#define CAIRN_SQL_FREE "(until <= " CAIRN_SQL_NOW " OR master IN ('', excluded.master))"
#define CAIRN_SQL_NEXT "(next_until <= " CAIRN_SQL_NOW " OR next IN ('', excluded.master))"

Status passTurn(Connection& c, const BucketId& bucket, const MasterId& master) {
  // The same as the flip's trigger does.
  Status passed = Query(c,
                        "UPDATE turns SET master = CASE WHEN next_until > " CAIRN_SQL_NOW
                        " THEN next ELSE '' END, until = " CAIRN_SQL_NOW
                        " + milliseconds, next = '' WHERE owner_id = ?1 AND bucket = ?2 AND master = ?3",
                        bucket.owner.get(), bucket.name.get(), master.get())
                      .run("pass a turn on");
  if (!passed) return passed;
  return Query(c, "UPDATE turns SET next = '' WHERE owner_id = ?1 AND bucket = ?2 AND next = ?3", bucket.owner.get(),
               bucket.name.get(), master.get())
      .run("pass a turn on");
}

}  // namespace

Result<MasterId> takeTurn(Connection& c, const BucketId& bucket, const MasterId& master, std::uint32_t milliseconds) {
  if (milliseconds == 0) {
    if (Status passed = passTurn(c, bucket, master); !passed) return passed.error();
  } else {
    // Who asks to be next stands for as long as a turn that was taken at once would last, and as many again.
    Status taken =
        Query(c,
              "INSERT INTO turns (owner_id, bucket, master, until, milliseconds) VALUES (?1, ?2, ?3, " CAIRN_SQL_NOW
              " + ?4, ?4) ON CONFLICT (owner_id, bucket) DO UPDATE SET"
              " master = CASE WHEN " CAIRN_SQL_FREE
              " THEN excluded.master ELSE master END,"
              " until = CASE WHEN " CAIRN_SQL_FREE
              " THEN excluded.until ELSE until END,"
              " next = CASE WHEN " CAIRN_SQL_FREE
              " THEN iif(next = excluded.master, '', next)"
              "   WHEN " CAIRN_SQL_NEXT
              " THEN excluded.master ELSE next END,"
              " next_until = CASE WHEN NOT " CAIRN_SQL_FREE " AND " CAIRN_SQL_NEXT
              " THEN excluded.until + excluded.milliseconds ELSE next_until END,"
              " milliseconds = excluded.milliseconds",
              bucket.owner.get(), bucket.name.get(), master.get(), milliseconds)
            .run("take a turn");
    if (!taken) return taken.error();
  }
  Query q(c, "SELECT master FROM turns WHERE owner_id = ?1 AND bucket = ?2 AND until > " CAIRN_SQL_NOW,
          bucket.owner.get(), bucket.name.get());
  int rc = q.step();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return c.error("read a turn");
  return MasterId(rc == SQLITE_ROW ? q.text(0) : std::string());
}

// A name is in both tables only where a program from before given_aliases let somebody claim it.
Result<std::optional<BucketId>> readAlias(Connection& c, const BucketName& name) {
  Query q(c,
          "SELECT owner_id, bucket FROM (SELECT 1 AS place, owner_id, bucket FROM given_aliases WHERE name = ?1"
          " UNION ALL SELECT 2, owner_id, name FROM bucket_aliases WHERE name = ?1) ORDER BY place LIMIT 1",
          name.get());
  int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<BucketId>();
  if (rc != SQLITE_ROW) return c.error("read a bucket alias");
  return std::optional(BucketId{OwnerId(q.text(0)), BucketName(q.text(1))});
}

Status claimAlias(Connection& c, const BucketName& name, const OwnerId& owner) {
  auto standing = readAlias(c, name);
  if (!standing) return standing.error();
  if (*standing && (*standing)->owner == owner) return {};
  if (*standing) return fail(Errc::already_exists, "the name " + name.get() + " belongs to another owner");
  return Query(c, "INSERT INTO bucket_aliases VALUES (?1, ?2, " CAIRN_SQL_NOW ")", name.get(), owner.get())
      .run("claim a bucket alias");
}

Status dropAlias(Connection& c, const BucketName& name, const OwnerId& owner) {
  // Not while the owner has the bucket: it may have been made again since the caller deleted it.
  return Query(c,
               "DELETE FROM bucket_aliases WHERE name = ?1 AND owner_id = ?2 AND NOT EXISTS (SELECT 1 FROM bucket_roots"
               " WHERE owner_id = ?2 AND bucket = ?1 AND COALESCE(root_cid, '') <> '')",
               name.get(), owner.get())
      .run("drop a bucket alias");
}

Status setAlias(Connection& c, const SetAlias& change) {
  auto standing = readAlias(c, change.name);
  if (!standing) return standing.error();
  if (!change.bucket && !*standing) return fail(Errc::not_found, "no bucket has the name " + change.name.get());
  Status done = Query(c, "DELETE FROM bucket_aliases WHERE name = ?1", change.name.get()).run("take a bucket alias");
  if (done) done = Query(c, "DELETE FROM given_aliases WHERE name = ?1", change.name.get()).run("take a bucket alias");
  if (!done || !change.bucket) return done;
  return Query(c,
               "INSERT INTO given_aliases (name, owner_id, bucket, by, at) VALUES (?1, ?2, ?3, ?4, " CAIRN_SQL_NOW ")",
               change.name.get(), change.bucket->owner.get(), change.bucket->name.get(), change.by.get())
      .run("give a bucket alias");
}

Status recordRace(Connection& c, const Race& race) {
  std::vector<std::string> keys(
      race.keys.begin(), race.keys.begin() + static_cast<std::ptrdiff_t>(std::min(race.keys.size(), kRaceKeysKept)));
  Status done =
      Query(c,
            "INSERT INTO races (owner_id, bucket, loser, winner, base_version, winner_version, base_root, winner_root,"
            " loser_root, keys, key_count, attempts, outcome, committed_version, took_micros, at, keep_until)"
            " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15," CAIRN_SQL_NOW ",?16)",
            race.bucket.owner.get(), race.bucket.name.get(), race.loser.get(), race.winner.get(),
            race.baseVersion.get(), race.winnerVersion.get(), rootText(race.baseRoot), rootText(race.winnerRoot),
            rootText(race.loserRoot), jsonArray(keys), race.keyCount, race.attempts, race.outcome,
            race.committedVersion.get(), race.tookMicros, race.keepUntil.get())
          .run("record a race");
  if (!done) return done;
  std::int64_t id = sqlite3_last_insert_rowid(c.handle());
  done = Query(c, "DELETE FROM races WHERE id <= ?1 AND keep_until < " CAIRN_SQL_NOW,
               id - static_cast<std::int64_t>(kRacesKept))
             .run("thin races");
  if (!done) return done;
  return Query(
             c,
             "INSERT INTO events (kind, at, json) SELECT 'race', at, json_object('id', id, 'owner', owner_id, 'bucket',"
             " bucket, 'loser', loser, 'winner', winner, 'baseVersion', base_version, 'winnerVersion', winner_version,"
             " 'keys', json(keys), 'keyCount', key_count, 'attempts', attempts, 'outcome', outcome, 'committedVersion',"
             " committed_version, 'tookMicros', took_micros) FROM races WHERE id = ?1",
             id)
      .run("record an event");
}

Result<std::vector<Race>> readRaces(Connection& c, const std::optional<BucketId>& bucket, std::size_t limit) {
#define CAIRN_SQL_RACE                                                                                            \
  "SELECT id, owner_id, bucket, loser, winner, base_version, winner_version, base_root, winner_root, loser_root," \
  " keys, key_count, attempts, outcome, committed_version, took_micros, at, keep_until FROM races"
  std::vector<Race> races;
  auto collect = [&](Query& q) {
    int rc;
    while ((rc = q.step()) == SQLITE_ROW) races.push_back(takeRace(q));
    return rc;
  };
  int rc;
  if (bucket) {
    Query q(c, CAIRN_SQL_RACE " WHERE owner_id = ?1 AND bucket = ?2 ORDER BY id DESC LIMIT ?3", bucket->owner.get(),
            bucket->name.get(), sqlLimit(limit));
    rc = collect(q);
  } else {
    Query q(c, CAIRN_SQL_RACE " ORDER BY id DESC LIMIT ?1", sqlLimit(limit));
    rc = collect(q);
  }
#undef CAIRN_SQL_RACE
  if (rc != SQLITE_DONE) return c.error("read races");
  return races;
}

Status addEvent(Connection& c, const std::string& kind, const std::string& json) {
  return Query(c, "INSERT INTO events (kind, at, json) VALUES (?1, " CAIRN_SQL_NOW ", ?2)", kind, json)
      .run("add an event");
}

Result<std::vector<Event>> readEvents(Connection& c, std::uint64_t after, std::size_t limit) {
  std::vector<Event> events;
  Query q(c, "SELECT sequence, kind, at, json FROM events WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
          std::min<std::uint64_t>(after, INT64_MAX), sqlLimit(limit));
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) events.push_back({q.count(0), q.text(1), timeOf(q.integer(2)), q.text(3)});
  if (rc != SQLITE_DONE) return c.error("read events");
  return events;
}

Result<std::uint64_t> readLastEvent(Connection& c) {
  Query q(c, "SELECT COALESCE(max(sequence), 0) FROM events");
  if (q.step() != SQLITE_ROW) return c.error("read the last event");
  return q.count(0);
}

}  // namespace cairn::registry::sqlite
