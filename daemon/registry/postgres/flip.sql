-- The flip on PostgreSQL, one statement, one round trip, under READ COMMITTED. It gives one row: status, version.
-- $1 owner, $2 bucket, $3 expected root ('' for none), $4 expected version, $5 next root ('' for a tombstone), $6 commit id,
-- $7 master, $8 epoch, $9 cas, $10 lease term, $11 holders, $12 puts, $13 deletes, $14 others, $15 attempts,
-- $16 claimed at (ms), $17 receipt.
--
-- Locks, in this order, which fencing keeps too: the master's epoch, the fleet and the lease (all FOR SHARE, so that what
-- was checked still holds when a flip that waited for the bucket's row goes on), then the bucket's row.
WITH fence AS MATERIALIZED (
  SELECT 1 FROM master_epochs WHERE master = $7 AND epoch = $8 AND NOT fenced FOR SHARE
), policy AS MATERIALIZED (
  SELECT f.require_cas, l.holder, l.term, l.expires_at
  FROM fence, fleet AS f, writer_lease AS l WHERE f.one = 1 AND l.one = 1 FOR SHARE OF f, l
), allowed AS MATERIALIZED (
  SELECT 1 FROM policy WHERE CASE WHEN $9::boolean
    THEN require_cas OR expires_at <= clock_timestamp()
    ELSE NOT require_cas AND holder = $7 AND term = $10 AND expires_at > clock_timestamp() END
), standing AS MATERIALIZED (  -- only a dark flip needs it: it compares nothing, yet history names the root before
  SELECT r.root_cid FROM allowed, bucket_roots AS r
  WHERE NOT $9 AND r.owner_id = $1 AND r.bucket = $2 FOR UPDATE OF r
), moved AS (
  INSERT INTO bucket_roots AS r (owner_id, bucket, root_cid, version, updated_at)
  SELECT $1, $2, $5, 1, clock_timestamp() FROM allowed LEFT JOIN standing ON true
  WHERE NOT $9 OR ($4::bigint = 0 AND $3::text = '')
    OR EXISTS (SELECT 1 FROM bucket_roots WHERE owner_id = $1 AND bucket = $2)
  ON CONFLICT (owner_id, bucket) DO UPDATE
    SET root_cid = excluded.root_cid, version = r.version + 1, updated_at = excluded.updated_at
    WHERE CASE WHEN $9
      THEN ($4 <> 0 OR $3 <> '') AND r.version = $4 AND COALESCE(r.root_cid, '') = $3
      ELSE COALESCE(r.root_cid, '') ~ '^(|b[a-z2-7]{58}|z[1-9A-HJ-NP-Za-km-z]{47,50})$' END
  RETURNING r.version
), recorded AS (
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
    holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
  SELECT $1, $2, moved.version, $5, CASE WHEN $9 THEN $3 ELSE COALESCE((SELECT root_cid FROM standing), '') END, $6, $7,
    $8, $9, $11::jsonb, $12, $13, $14, $15, $16, clock_timestamp(), $17::bytea,
    CASE WHEN $17 = ''::bytea THEN ''::bytea ELSE sha256($17) END
  FROM moved
  RETURNING *
), told AS (
  INSERT INTO events (kind, at, json)
  SELECT 'flip', at, jsonb_build_object('owner', owner_id, 'bucket', bucket, 'version', version,
    'root', NULLIF(root_cid, ''), 'previousRoot', NULLIF(previous_root, ''), 'master', master, 'epoch', epoch,
    'commit', encode(commit_id, 'hex'), 'holders', holders, 'puts', puts, 'deletes', deletes, 'others', others,
    'attempts', attempts)
  FROM recorded
), turned AS (
  UPDATE turns SET master = CASE WHEN next_until > clock_timestamp() THEN next ELSE '' END,
    until = clock_timestamp() + milliseconds * interval '1 ms', next = ''
  FROM moved WHERE turns.owner_id = $1 AND turns.bucket = $2 AND turns.master = $7
)
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM moved) THEN 'won'
    WHEN NOT EXISTS (SELECT 1 FROM fence) THEN 'fenced'
    WHEN NOT $9 AND (SELECT require_cas FROM policy) THEN 'requires_cas'
    WHEN NOT EXISTS (SELECT 1 FROM allowed) THEN 'not_writer'
    ELSE 'lost' END AS status,
  (SELECT version FROM moved) AS version
