#include "daemon/registry/postgres/thinning.h"

#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {

Task<Result<void>> thin(Transaction& t, Thinned range, Duration leastAge) {
  const BucketId& bucket = range.bucket;
  // What is deleted is what was counted: of two who thin the same rows the later one finds them gone, and gives up. The
  // rows' own events have been numbered long before they are old enough.
  auto gone = co_await t.run(
      "thin history",
      "WITH gone AS (DELETE FROM bucket_root_history WHERE owner_id = $1::text AND bucket = $2::text AND version"
      " BETWEEN $3::bigint AND $4::bigint RETURNING at) SELECT COUNT(*), COALESCE(MAX(at) <= clock_timestamp() -"
      " $5::bigint * interval '1 ms', false), EXISTS (SELECT 1 FROM bucket_root_history WHERE owner_id = $1 AND"
      " bucket = $2 AND version > $4) FROM gone",
      bucket.owner.get(), bucket.name.get(), range.from.get(), range.to.get(), leastAge.count() / 1000);
  if (!gone) co_return gone.error();
  if (range.to < range.from || gone->count(0, 0) != range.to.get() - range.from.get() + 1 || !gone->flag(0, 1) ||
      !gone->flag(0, 2))
    co_return fail(Errc::precondition, "the rows to be thinned are not all there, too young, or the newest");
  auto kept = co_await t.run("thin history",
                             "INSERT INTO history_checkpoints (owner_id, bucket, from_version, to_version, checkpoint)"
                             " VALUES ($1::text, $2::text, $3::bigint, $4::bigint, $5::bytea)",
                             bucket.owner.get(), bucket.name.get(), range.from.get(), range.to.get(), range.checkpoint);
  if (!kept) co_return kept.error();
  co_return Status();
}

Call thinnedCall(const BucketId& bucket, Version from, std::size_t limit) {
  return call(
      "SELECT from_version, to_version, checkpoint FROM history_checkpoints WHERE owner_id = $1::text AND bucket ="
      " $2::text AND from_version >= $3::bigint ORDER BY from_version LIMIT $4::bigint",
      bucket.owner.get(), bucket.name.get(), atMostBigint(from.get()), atMostBigint(limit));
}

std::vector<Thinned> takeThinned(const Rows& rows, const BucketId& bucket) {
  std::vector<Thinned> out;
  for (int i = 0; i < rows.size(); ++i)
    out.push_back({bucket, Version(rows.count(i, 0)), Version(rows.count(i, 1)), rows.blob(i, 2)});
  return out;
}

}  // namespace cairn::registry::postgres
