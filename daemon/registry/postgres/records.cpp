#include "daemon/registry/postgres/records.h"

#include <algorithm>

#include "daemon/registry/json_array.h"
#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {

#define CAIRN_PG_FREE "(turns.until <= clock_timestamp() OR turns.master IN ('', excluded.master))"
#define CAIRN_PG_NEXT "(turns.next_until <= clock_timestamp() OR turns.next IN ('', excluded.master))"

Call takeTurnCall(const BucketId& bucket, const MasterId& master, std::uint32_t milliseconds) {
  if (milliseconds == 0)  // the first WHEN is what a flip that wins does, too
    return call(
        "WITH passed AS (UPDATE turns SET"
        " master = CASE WHEN turns.master <> $3::text THEN turns.master WHEN next_until > clock_timestamp() THEN"
        " next ELSE '' END,"
        " until = CASE WHEN turns.master <> $3 THEN until ELSE clock_timestamp() + milliseconds * interval '1 ms'"
        " END,"
        " next = CASE WHEN turns.master = $3 OR next = $3 THEN '' ELSE next END"
        " WHERE owner_id = $1::text AND bucket = $2::text RETURNING master, until)"
        " SELECT COALESCE((SELECT master FROM passed WHERE until > clock_timestamp()), '')",
        bucket.owner.get(), bucket.name.get(), master.get());
  // Who asks to be next stands for as long as a turn that was taken at once would last, and as many again.
  return call(
      "WITH taken AS (INSERT INTO turns (owner_id, bucket, master, until, milliseconds) VALUES ($1::text,"
      " $2::text, $3::text, clock_timestamp() + $4::bigint * interval '1 ms', $4)"
      " ON CONFLICT (owner_id, bucket) DO UPDATE SET"
      " master = CASE WHEN " CAIRN_PG_FREE
      " THEN excluded.master ELSE turns.master END,"
      " until = CASE WHEN " CAIRN_PG_FREE
      " THEN excluded.until ELSE turns.until END,"
      " next = CASE WHEN " CAIRN_PG_FREE
      " THEN CASE WHEN turns.next = excluded.master THEN '' ELSE turns.next END"
      "   WHEN " CAIRN_PG_NEXT
      " THEN excluded.master ELSE turns.next END,"
      " next_until = CASE WHEN NOT " CAIRN_PG_FREE " AND " CAIRN_PG_NEXT
      " THEN excluded.until + excluded.milliseconds * interval '1 ms' ELSE turns.next_until END,"
      " milliseconds = excluded.milliseconds RETURNING master, until)"
      " SELECT COALESCE((SELECT master FROM taken WHERE until > clock_timestamp()), '')",
      bucket.owner.get(), bucket.name.get(), master.get(), milliseconds);
}

// A name is in both tables only where a program from before given_aliases let somebody claim it.
Call aliasCall(const BucketName& name) {
  return call(
      "SELECT owner_id, bucket FROM (SELECT 1 AS place, owner_id, bucket FROM given_aliases WHERE name = $1::text"
      " UNION ALL SELECT 2, owner_id, name FROM bucket_aliases WHERE name = $1) AS a ORDER BY place LIMIT 1",
      name.get());
}

std::optional<BucketId> takeAlias(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return BucketId{OwnerId(rows.text(0, 0)), BucketName(rows.text(0, 1))};
}

namespace {

/// Claims and gifts of one name are one after another: neither table's key tells of the other table's rows.
Task<Result<std::optional<BucketId>>> lockAlias(Transaction& t, const BucketName& name) {
  auto locked = co_await t.run("lock a bucket alias", "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))",
                               "cairn alias " + name.get());
  if (!locked) co_return locked.error();
  auto standing = co_await t.run("read a bucket alias", aliasCall(name));
  if (!standing) co_return standing.error();
  co_return takeAlias(*standing);
}

}  // namespace

Task<Result<void>> claimAlias(Transaction& t, BucketName name, OwnerId owner) {
  auto standing = co_await lockAlias(t, name);
  if (!standing) co_return standing.error();
  if (*standing && (*standing)->owner == owner) co_return Status();
  if (*standing) co_return fail(Errc::already_exists, "the name " + name.get() + " belongs to another owner");
  auto claimed = co_await t.run("claim a bucket alias",
                                "INSERT INTO bucket_aliases VALUES ($1::text, $2::text, clock_timestamp())", name.get(),
                                owner.get());
  if (!claimed) co_return claimed.error();
  co_return Status();
}

Task<Result<void>> setAlias(Transaction& t, const SetAlias& change) {
  auto standing = co_await lockAlias(t, change.name);
  if (!standing) co_return standing.error();
  if (!change.bucket && !*standing) co_return fail(Errc::not_found, "no bucket has the name " + change.name.get());
  auto taken = co_await t.run("take a bucket alias",
                              "WITH claimed AS (DELETE FROM bucket_aliases WHERE name = $1::text) DELETE FROM"
                              " given_aliases WHERE name = $1",
                              change.name.get());
  if (!taken) co_return taken.error();
  if (!change.bucket) co_return Status();
  auto given =
      co_await t.run("give a bucket alias",
                     "INSERT INTO given_aliases (name, owner_id, bucket, by, at) VALUES ($1::text, $2::text,"
                     " $3::text, $4::text, clock_timestamp())",
                     change.name.get(), change.bucket->owner.get(), change.bucket->name.get(), change.by.get());
  if (!given) co_return given.error();
  co_return Status();
}

Call dropAliasCall(const BucketName& name, const OwnerId& owner) {
  // Not while the owner has the bucket: it may have been made again since the caller deleted it.
  return call(
      "DELETE FROM bucket_aliases WHERE name = $1::text AND owner_id = $2::text AND NOT EXISTS (SELECT 1 FROM"
      " bucket_roots WHERE owner_id = $2 AND bucket = $1 AND COALESCE(root_cid, '') <> '')",
      name.get(), owner.get());
}

Task<Result<void>> recordRace(Transaction& t, Race race) {
  if (race.keys.size() > kRaceKeysKept) race.keys.resize(kRaceKeysKept);
  auto row = co_await t.run(
      "record a race",
      "INSERT INTO races (owner_id, bucket, loser, winner, base_version, winner_version, base_root, winner_root,"
      " loser_root, keys, key_count, attempts, outcome, committed_version, took_micros, at, keep_until)"
      " VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::bigint, $7::text, $8::text, $9::text, "
      "$10::text,"
      " $11::bigint, $12::bigint, $13::text, $14::bigint, $15::bigint, clock_timestamp(),"
      " to_timestamp($16::bigint / 1000.0)) RETURNING id",
      race.bucket.owner.get(), race.bucket.name.get(), race.loser.get(), race.winner.get(), race.baseVersion.get(),
      race.winnerVersion.get(), rootText(race.baseRoot), rootText(race.winnerRoot), rootText(race.loserRoot),
      jsonArray(race.keys), race.keyCount, race.attempts, race.outcome, race.committedVersion.get(), race.tookMicros,
      race.keepUntil.get());
  if (!row) co_return row.error();
  const std::int64_t id = row->integer(0, 0);
  auto thinned =
      co_await t.run("thin races", "DELETE FROM races WHERE id <= $1::bigint AND keep_until < clock_timestamp()",
                     id - static_cast<std::int64_t>(kRacesKept));
  if (!thinned) co_return thinned.error();
  auto told = co_await t.run(
      "record an event",
      "SELECT cairn_add_event('race', at, json_build_object('id', id, 'owner', owner_id, 'bucket', bucket, 'loser', "
      "loser,"
      " 'winner', winner, 'baseVersion', base_version, 'winnerVersion', winner_version, 'keys', keys::json, 'keyCount',"
      " key_count, 'attempts', attempts, 'outcome', outcome, 'committedVersion', committed_version, 'tookMicros',"
      " took_micros)) FROM races WHERE id = $1::bigint",
      id);
  if (!told) co_return told.error();
  co_return Status();
}

Call racesCall(const std::optional<BucketId>& bucket, std::size_t limit) {
#define CAIRN_PG_RACE                                                                                             \
  "SELECT id, owner_id, bucket, loser, winner, base_version, winner_version, base_root, winner_root, loser_root," \
  " keys, key_count, attempts, outcome, committed_version, took_micros, " CAIRN_PG_MS("at") ", " CAIRN_PG_MS(     \
      "keep_until") " FROM races"
  if (!bucket) return call(CAIRN_PG_RACE " ORDER BY id DESC LIMIT $1::bigint", atMostBigint(limit));
  return call(CAIRN_PG_RACE " WHERE owner_id = $1::text AND bucket = $2::text ORDER BY id DESC LIMIT $3::bigint",
              bucket->owner.get(), bucket->name.get(), atMostBigint(limit));
#undef CAIRN_PG_RACE
}

std::vector<Race> takeRaces(const Rows& rows) {
  std::vector<Race> races;
  for (int i = 0; i < rows.size(); ++i) {
    Race r;
    r.id = rows.count(i, 0);
    r.bucket = {OwnerId(rows.text(i, 1)), BucketName(rows.text(i, 2))};
    r.loser = MasterId(rows.text(i, 3));
    r.winner = MasterId(rows.text(i, 4));
    r.baseVersion = Version(rows.count(i, 5));
    r.winnerVersion = Version(rows.count(i, 6));
    r.baseRoot = rootOf(rows.text(i, 7));
    r.winnerRoot = rootOf(rows.text(i, 8));
    r.loserRoot = rootOf(rows.text(i, 9));
    r.keys = parseJsonArray(rows.text(i, 10));
    r.keyCount = rows.count(i, 11);
    r.attempts = static_cast<std::uint32_t>(rows.count(i, 12));
    r.outcome = rows.text(i, 13);
    r.committedVersion = Version(rows.count(i, 14));
    r.tookMicros = rows.integer(i, 15);
    r.at = rows.time(i, 16);
    r.keepUntil = rows.time(i, 17);
    races.push_back(std::move(r));
  }
  return races;
}

}  // namespace cairn::registry::postgres
