-- A dark flip: compares nothing, needs the writer lease. One statement, one round trip, under READ COMMITTED.
-- Parameters of every flip: $1 owner, $2 bucket, $3 expected root ("" for none), $4 expected version, $5 next root ("" for a
-- tombstone), $6 commit id, $7 master, $8 epoch, $9 lease term, $10 holders, $11 puts, $12 deletes, $13 others,
-- $14 attempts, $15 claimed at (ms), $16 receipt, $17 its SHA-256 (both empty for none). One row: status, version, time in
-- ms, whose turn it is.
--
-- Locks, in this order, which fencing keeps too: the master's epoch, the fleet and the lease (all FOR SHARE, so that what
-- was checked still holds when a flip that waited for the bucket's row goes on), then the bucket's row.
WITH fence AS MATERIALIZED (
  SELECT 1 FROM master_epochs WHERE master = $7::text AND epoch = $8::bigint AND NOT fenced FOR SHARE
), policy AS MATERIALIZED (
  SELECT f.require_cas, l.holder, l.term, l.expires_at
  FROM fence, fleet AS f, writer_lease AS l WHERE f.one = 1 AND l.one = 1 FOR SHARE OF f, l
), allowed AS MATERIALIZED (
  SELECT 1 FROM policy WHERE NOT require_cas AND holder = $7 AND term = $9::bigint AND expires_at > clock_timestamp()
), standing AS MATERIALIZED (  -- history names the root before
  SELECT r.root_cid FROM allowed, bucket_roots AS r WHERE r.owner_id = $1::text AND r.bucket = $2::text FOR UPDATE OF r
), moved AS (
  INSERT INTO bucket_roots AS r (owner_id, bucket, root_cid, version, updated_at)
  SELECT $1, $2, $5::text, 1, clock_timestamp() FROM allowed LEFT JOIN standing ON true
  WHERE $3::text IS NOT NULL AND $4::bigint IS NOT NULL
  ON CONFLICT (owner_id, bucket) DO UPDATE
    SET root_cid = excluded.root_cid, version = r.version + 1, updated_at = excluded.updated_at
    WHERE COALESCE(r.root_cid, '') ~ '^(|b[a-z2-7]{58}|z[1-9A-HJ-NP-Za-km-z]{47,50})$'
  RETURNING r.version, r.updated_at
), recorded AS (
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
    holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
  SELECT $1, $2, moved.version, $5, COALESCE((SELECT root_cid FROM standing), ''), $6::bytea, $7, $8, false,
    $10::text, $11::bigint, $12::bigint, $13::bigint, $14::bigint, $15::bigint, moved.updated_at, $16::bytea, $17::bytea
  FROM moved
), turned AS (
  UPDATE turns SET master = CASE WHEN next_until > clock_timestamp() THEN next ELSE '' END,
    until = clock_timestamp() + milliseconds * interval '1 ms', next = ''
  FROM moved WHERE turns.owner_id = $1 AND turns.bucket = $2 AND turns.master = $7
  RETURNING turns.master
)
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM moved) THEN 'won'
    WHEN NOT EXISTS (SELECT 1 FROM fence) THEN 'fenced'
    WHEN (SELECT require_cas FROM policy) THEN 'requires_cas'
    WHEN NOT EXISTS (SELECT 1 FROM allowed) THEN 'not_writer'
    ELSE 'lost' END AS status,
  (SELECT version FROM moved) AS version,
  (SELECT (extract(epoch FROM updated_at) * 1000)::bigint FROM moved) AS at,
  COALESCE((SELECT master FROM turned),
    (SELECT master FROM turns WHERE owner_id = $1 AND bucket = $2 AND until > clock_timestamp()), '') AS turn
