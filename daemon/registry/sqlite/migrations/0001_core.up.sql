-- The registry on SQLite: root pointers, their history, who may write, names, conflicts, events.
-- Times are milliseconds since 1970 by this database's clock. An empty root_cid is a tombstone (so is NULL, which other
-- gateways may write). docs/formats/registry.md explains every table and trigger.

-- Shared with other gateways: never rewritten, only added beside.
CREATE TABLE IF NOT EXISTS bucket_roots (
  owner_id   TEXT,
  bucket     TEXT,
  root_cid   TEXT,
  version    INTEGER,
  updated_at TEXT,
  PRIMARY KEY (owner_id, bucket)
);

CREATE TABLE bucket_root_history (
  owner_id      TEXT NOT NULL,
  bucket        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  root_cid      TEXT NOT NULL,               -- '' is a tombstone
  previous_root TEXT NOT NULL,               -- '' is none
  commit_id     BLOB NOT NULL,               -- 16 bytes; zero for foreign writes
  master        TEXT NOT NULL,               -- '' for foreign writes
  epoch         INTEGER NOT NULL,
  cas           INTEGER NOT NULL,
  holders       TEXT NOT NULL,               -- JSON array of master ids
  puts          INTEGER NOT NULL,
  deletes       INTEGER NOT NULL,
  others        INTEGER NOT NULL,
  attempts      INTEGER NOT NULL,
  claimed_at    INTEGER NOT NULL,            -- the master's own clock
  at            INTEGER NOT NULL,
  receipt       BLOB NOT NULL,               -- empty for foreign writes
  receipt_hash  BLOB NOT NULL                -- SHA-256 of receipt, empty when there is none
);
CREATE UNIQUE INDEX bucket_root_history_key ON bucket_root_history (owner_id, bucket, version);

-- The fence. A table of its own: heartbeats never touch it.
CREATE TABLE master_epochs (
  master TEXT PRIMARY KEY NOT NULL,
  epoch  INTEGER NOT NULL,
  fenced INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE masters (
  master         TEXT PRIMARY KEY NOT NULL,
  cas            INTEGER NOT NULL,
  program        TEXT NOT NULL,
  s3_address     TEXT NOT NULL,
  api_address    TEXT NOT NULL,
  blocks_address TEXT NOT NULL,
  node_key       TEXT NOT NULL,
  receipt_key    BLOB NOT NULL,
  profile        TEXT NOT NULL,
  registered_at  INTEGER NOT NULL,
  heartbeat_at   INTEGER NOT NULL
) WITHOUT ROWID;

-- Every receipt key a master ever registered, so that old receipts stay verifiable after a key changes.
CREATE TABLE master_receipt_keys (
  master     TEXT NOT NULL,
  public_key BLOB NOT NULL,
  first_seen INTEGER NOT NULL,
  PRIMARY KEY (master, public_key)
) WITHOUT ROWID;

CREATE TABLE writer_lease (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  holder     TEXT NOT NULL,
  term       INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
INSERT INTO writer_lease VALUES (1, '', 0, 0);

CREATE TABLE fleet (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  id             TEXT NOT NULL,
  require_cas    INTEGER NOT NULL DEFAULT 0,
  schema_version INTEGER NOT NULL,
  settled        INTEGER NOT NULL DEFAULT 0  -- counts the writes that settled a failed commit
);
INSERT INTO fleet (one, id, schema_version) VALUES (1, lower(hex(randomblob(16))), 1);

CREATE TABLE bucket_aliases (
  name       TEXT PRIMARY KEY NOT NULL,
  owner_id   TEXT NOT NULL,
  claimed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE turns (
  owner_id     TEXT NOT NULL,
  bucket       TEXT NOT NULL,
  master       TEXT NOT NULL,
  until        INTEGER NOT NULL,
  next         TEXT NOT NULL DEFAULT '',
  next_until   INTEGER NOT NULL DEFAULT 0,
  milliseconds INTEGER NOT NULL,
  PRIMARY KEY (owner_id, bucket)
) WITHOUT ROWID;

CREATE TABLE races (
  id                INTEGER PRIMARY KEY,
  owner_id          TEXT NOT NULL,
  bucket            TEXT NOT NULL,
  loser             TEXT NOT NULL,
  winner            TEXT NOT NULL,
  base_version      INTEGER NOT NULL,
  winner_version    INTEGER NOT NULL,
  base_root         TEXT NOT NULL,
  winner_root       TEXT NOT NULL,
  loser_root        TEXT NOT NULL,
  keys              TEXT NOT NULL,           -- JSON array
  key_count         INTEGER NOT NULL,
  attempts          INTEGER NOT NULL,
  outcome           TEXT NOT NULL,
  committed_version INTEGER NOT NULL,
  took_micros       INTEGER NOT NULL,
  at                INTEGER NOT NULL,
  keep_until        INTEGER NOT NULL
);
CREATE INDEX races_bucket ON races (owner_id, bucket, id);

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL,
  at       INTEGER NOT NULL,
  json     TEXT NOT NULL
);

-- The flip: INSERT INTO flip checks everything and writes history, root pointer and event, or raises and writes nothing.
CREATE VIEW flip AS SELECT
  NULL AS owner_id, NULL AS bucket, NULL AS expected_root, NULL AS expected_version, NULL AS next_root,
  NULL AS commit_id, NULL AS master, NULL AS epoch, NULL AS cas, NULL AS lease_term, NULL AS holders,
  NULL AS puts, NULL AS deletes, NULL AS others, NULL AS attempts, NULL AS claimed_at, NULL AS receipt,
  NULL AS receipt_hash
WHERE 0;

CREATE TRIGGER flip_insert INSTEAD OF INSERT ON flip BEGIN
  SELECT RAISE(ABORT, 'cairn:fenced') WHERE NOT EXISTS (
    SELECT 1 FROM master_epochs WHERE master = NEW.master AND epoch = NEW.epoch AND fenced = 0);
  SELECT RAISE(ABORT, 'cairn:requires_cas') WHERE NOT NEW.cas AND (SELECT require_cas FROM fleet WHERE one = 1);
  SELECT RAISE(ABORT, 'cairn:not_writer')
    FROM writer_lease AS l, fleet AS f
    WHERE l.one = 1 AND f.one = 1 AND CASE
      WHEN NEW.cas THEN NOT f.require_cas
        AND l.expires_at > CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
      ELSE l.holder <> NEW.master OR l.term <> NEW.lease_term
        OR l.expires_at <= CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
      END;
  SELECT RAISE(ABORT, 'cairn:lost') WHERE NEW.cas AND NOT CASE
    WHEN NEW.expected_version = 0 AND NEW.expected_root = '' THEN NOT EXISTS (
      SELECT 1 FROM bucket_roots WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket)
    ELSE EXISTS (
      SELECT 1 FROM bucket_roots WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket
        AND version = NEW.expected_version AND COALESCE(root_cid, '') = NEW.expected_root)
    END;
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
      holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
    SELECT NEW.owner_id, NEW.bucket, COALESCE(r.version, 0) + 1, NEW.next_root, COALESCE(r.root_cid, ''),
      NEW.commit_id, NEW.master, NEW.epoch, NEW.cas, NEW.holders, NEW.puts, NEW.deletes, NEW.others, NEW.attempts,
      NEW.claimed_at, CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER), NEW.receipt, NEW.receipt_hash
    FROM (SELECT 1) LEFT JOIN bucket_roots AS r ON r.owner_id = NEW.owner_id AND r.bucket = NEW.bucket;
  INSERT INTO events (kind, at, json)
    SELECT 'flip', h.at, json_object('owner', h.owner_id, 'bucket', h.bucket, 'version', h.version,
      'root', NULLIF(h.root_cid, ''), 'previousRoot', NULLIF(h.previous_root, ''), 'master', h.master,
      'epoch', h.epoch, 'commit', lower(hex(h.commit_id)), 'holders', json(h.holders), 'puts', h.puts,
      'deletes', h.deletes, 'others', h.others, 'attempts', h.attempts)
    FROM bucket_root_history AS h WHERE h.rowid = last_insert_rowid();
  INSERT INTO bucket_roots (owner_id, bucket, root_cid, version, updated_at)
    SELECT NEW.owner_id, NEW.bucket, NEW.next_root, COALESCE(r.version, 0) + 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM (SELECT 1) LEFT JOIN bucket_roots AS r ON r.owner_id = NEW.owner_id AND r.bucket = NEW.bucket
    WHERE true
    ON CONFLICT (owner_id, bucket) DO UPDATE
      SET root_cid = excluded.root_cid, version = excluded.version, updated_at = excluded.updated_at;
  UPDATE turns SET
      master = CASE WHEN next_until > CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
        THEN next ELSE '' END,
      until = CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) + milliseconds,
      next = ''
    WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND master = NEW.master;
END;

-- Writes that did not come through the flip: other gateways, and people with a shell.
CREATE TRIGGER bucket_roots_inserted AFTER INSERT ON bucket_roots
WHEN NOT EXISTS (
  SELECT 1 FROM bucket_root_history AS h JOIN master_epochs AS e ON e.master = h.master
  WHERE h.owner_id = NEW.owner_id AND h.bucket = NEW.bucket AND h.version = NEW.version
    AND h.root_cid = COALESCE(NEW.root_cid, '') AND e.epoch = h.epoch AND e.fenced = 0
    AND (h.cas OR NOT (SELECT require_cas FROM fleet WHERE one = 1)))
BEGIN
  SELECT RAISE(ABORT, 'cairn:requires_cas: this fleet takes a root only with its history row of a live CAS epoch')
    WHERE (SELECT require_cas FROM fleet WHERE one = 1);
  SELECT RAISE(ABORT, 'cairn:backwards: the version of a root pointer never restarts') WHERE EXISTS (
    SELECT 1 FROM bucket_root_history
    WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND version >= NEW.version);
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
      holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
    VALUES (NEW.owner_id, NEW.bucket, NEW.version, COALESCE(NEW.root_cid, ''), '', zeroblob(16), '', 0, 0, '[]', 0, 0,
      0, 0, 0, CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER), x'', x'');
  INSERT INTO events (kind, at, json)
    VALUES ('flip', CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER),
      json_object('owner', NEW.owner_id, 'bucket', NEW.bucket, 'version', NEW.version,
        'root', NULLIF(NEW.root_cid, ''), 'previousRoot', NULL, 'foreign', json('true')));
END;

CREATE TRIGGER bucket_roots_order BEFORE UPDATE ON bucket_roots
WHEN NEW.version IS NOT OLD.version + 1 OR NEW.owner_id IS NOT OLD.owner_id OR NEW.bucket IS NOT OLD.bucket
BEGIN
  SELECT RAISE(ABORT, 'cairn:backwards: the version of a root pointer only advances, by one, and its key never changes')
    WHERE NEW.version IS NOT OLD.version OR COALESCE(NEW.root_cid, '') <> COALESCE(OLD.root_cid, '')
      OR NEW.owner_id IS NOT OLD.owner_id OR NEW.bucket IS NOT OLD.bucket;
END;

CREATE TRIGGER bucket_roots_updated AFTER UPDATE ON bucket_roots
WHEN NEW.version IS NOT OLD.version AND NOT EXISTS (
  SELECT 1 FROM bucket_root_history AS h JOIN master_epochs AS e ON e.master = h.master
  WHERE h.owner_id = NEW.owner_id AND h.bucket = NEW.bucket AND h.version = NEW.version
    AND h.root_cid = COALESCE(NEW.root_cid, '') AND e.epoch = h.epoch AND e.fenced = 0
    AND (h.cas OR NOT (SELECT require_cas FROM fleet WHERE one = 1)))
BEGIN
  SELECT RAISE(ABORT, 'cairn:requires_cas: this fleet takes a root only with its history row of a live CAS epoch')
    WHERE (SELECT require_cas FROM fleet WHERE one = 1);
  INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, epoch, cas,
      holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)
    VALUES (NEW.owner_id, NEW.bucket, NEW.version, COALESCE(NEW.root_cid, ''), COALESCE(OLD.root_cid, ''), zeroblob(16),
      '', 0, 0, '[]', 0, 0, 0, 0, 0, CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER), x'', x'');
  INSERT INTO events (kind, at, json)
    VALUES ('flip', CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER),
      json_object('owner', NEW.owner_id, 'bucket', NEW.bucket, 'version', NEW.version,
        'root', NULLIF(NEW.root_cid, ''), 'previousRoot', NULLIF(OLD.root_cid, ''), 'foreign', json('true')));
END;

-- A row that another gateway deletes becomes a tombstone, so that its version never restarts.
CREATE TRIGGER bucket_roots_deleted BEFORE DELETE ON bucket_roots BEGIN
  UPDATE bucket_roots
    SET root_cid = '', version = version + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE owner_id = OLD.owner_id AND bucket = OLD.bucket AND COALESCE(root_cid, '') <> '';
  SELECT RAISE(IGNORE);
END;
