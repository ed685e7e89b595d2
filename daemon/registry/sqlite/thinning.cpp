#include "daemon/registry/sqlite/thinning.h"

#include <algorithm>

namespace cairn::registry::sqlite {

Status thin(Connection& c, const Thinned& range, Duration leastAge) {
  const BucketId& bucket = range.bucket;
  Query q(c,
          "SELECT COUNT(*), COALESCE(MAX(at) <= " CAIRN_SQL_NOW
          " - ?5, 0), EXISTS (SELECT 1 FROM bucket_root_history WHERE owner_id = ?1 AND bucket = ?2 AND version > ?4)"
          " FROM bucket_root_history WHERE owner_id = ?1 AND bucket = ?2 AND version BETWEEN ?3 AND ?4",
          bucket.owner.get(), bucket.name.get(), range.from.get(), range.to.get(), leastAge.count() / 1000);
  if (q.step() != SQLITE_ROW) return c.error("look at what is to be thinned");
  if (range.to < range.from || q.count(0) != range.to.get() - range.from.get() + 1 || q.integer(1) == 0 ||
      q.integer(2) == 0)
    return fail(Errc::precondition, "the rows to be thinned are not all there, too young, or the newest");
  Status done =
      Query(c, "DELETE FROM bucket_root_history WHERE owner_id = ?1 AND bucket = ?2 AND version BETWEEN ?3 AND ?4",
            bucket.owner.get(), bucket.name.get(), range.from.get(), range.to.get())
          .run("thin history");
  if (!done) return done;
  return Query(c,
               "INSERT INTO history_checkpoints (owner_id, bucket, from_version, to_version, checkpoint)"
               " VALUES (?1, ?2, ?3, ?4, ?5)",
               bucket.owner.get(), bucket.name.get(), range.from.get(), range.to.get(), range.checkpoint)
      .run("thin history");
}

Result<std::vector<Thinned>> readThinned(Connection& c, const BucketId& bucket, Version from, std::size_t limit) {
  constexpr std::uint64_t largest = INT64_MAX;
  Query q(c,
          "SELECT from_version, to_version, checkpoint FROM history_checkpoints WHERE owner_id = ?1 AND bucket = ?2"
          " AND from_version >= ?3 ORDER BY from_version LIMIT ?4",
          bucket.owner.get(), bucket.name.get(), std::min(from.get(), largest),
          std::min<std::uint64_t>(limit, largest));
  std::vector<Thinned> out;
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) out.push_back({bucket, Version(q.count(0)), Version(q.count(1)), q.blob(2)});
  if (rc != SQLITE_DONE) return c.error("read checkpoints");
  return out;
}

}  // namespace cairn::registry::sqlite
