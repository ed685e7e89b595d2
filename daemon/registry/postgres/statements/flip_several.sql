-- CAS flips of several buckets, each of which expects a row: what queued while a session was busy. One statement, one round
-- trip, under READ COMMITTED; each wins or loses by itself, all that win are committed together.
-- Parameters, arrays with one element a flip, in the order of (owner, bucket), no bucket twice: $1 owners, $2 buckets, $3
-- expected roots, $4 expected versions, $5 next roots, $6 commit ids, $9 holders, $10 puts, $11 deletes, $12 others,
-- $13 attempts, $14 claimed at (ms), $15 receipts, $16 their SHA-256; for all of them: $7 master, $8 epoch. A row for each
-- flip that won: status, version, time in ms, whose turn it is, its place among the parameters from 1; then one row with
-- place 0: what became of all others.
--
-- Locks as flip_next.sql; the buckets' rows in the order of the parameters, so that two masters' batches wait for each other
-- one way only (flip sessions join by nested loops).
WITH fence AS MATERIALIZED (
  SELECT 1 FROM master_epochs WHERE master = $7::text AND epoch = $8::bigint AND NOT fenced FOR SHARE
), policy AS MATERIALIZED (
  SELECT f.require_cas, l.expires_at
  FROM fence, fleet AS f, writer_lease AS l WHERE f.one = 1 AND l.one = 1 FOR SHARE OF f, l
), allowed AS MATERIALIZED (
  SELECT 1 FROM policy WHERE require_cas OR expires_at <= clock_timestamp()
), asked AS MATERIALIZED (
  SELECT a.* FROM allowed, unnest($1::text[], $2::text[], $3::text[], ($4::text)::bigint[], $5::text[], $6::bytea[],
    $9::text[], ($10::text)::bigint[], ($11::text)::bigint[], ($12::text)::bigint[], ($13::text)::bigint[],
    ($14::text)::bigint[], $15::bytea[], $16::bytea[]) WITH ORDINALITY
    AS a(owner_id, bucket, expected, version, next, commit_id, holders, puts, deletes, others, attempts, claimed_at,
      receipt, receipt_hash, place)
), moved AS (
  UPDATE bucket_roots AS r SET root_cid = a.next, version = r.version + 1, updated_at = clock_timestamp()
  FROM asked AS a
  WHERE r.owner_id = a.owner_id AND r.bucket = a.bucket AND r.version = a.version AND COALESCE(r.root_cid, '') = a.expected
  RETURNING a.*, r.version AS moved_to, r.updated_at AS moved_at
), recorded AS (
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
    holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
  SELECT owner_id, bucket, moved_to, next, expected, commit_id, $7, $8, true, holders, puts, deletes, others, attempts,
    claimed_at, moved_at, receipt, receipt_hash
  FROM moved
), turned AS (
  UPDATE turns SET master = CASE WHEN turns.next_until > clock_timestamp() THEN turns.next ELSE '' END,
    until = clock_timestamp() + turns.milliseconds * interval '1 ms', next = ''
  FROM moved WHERE turns.owner_id = moved.owner_id AND turns.bucket = moved.bucket AND turns.master = $7
  RETURNING moved.place, turns.master
)
SELECT 'won' AS status, m.moved_to AS version, (extract(epoch FROM m.moved_at) * 1000)::bigint AS at,
  COALESCE((SELECT t.master FROM turned AS t WHERE t.place = m.place),
    (SELECT t.master FROM turns AS t WHERE t.owner_id = m.owner_id AND t.bucket = m.bucket AND t.until > clock_timestamp()),
    '') AS turn, m.place AS place
FROM moved AS m
UNION ALL
SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM fence) THEN 'fenced'
    WHEN NOT EXISTS (SELECT 1 FROM allowed) THEN 'not_writer'
    ELSE 'lost' END, 0, 0, '', 0
