-- The registry on PostgreSQL 15: root pointers, their history, who may write, names, conflicts, events.
-- The same logical schema as on SQLite. An empty root_cid is a tombstone (so is NULL, which other gateways may write).
-- docs/formats/registry.md explains every table, trigger and lock.

-- Shared with other gateways: never rewritten, only added beside.
CREATE TABLE IF NOT EXISTS bucket_roots (
  owner_id   TEXT,
  bucket     TEXT,
  root_cid   TEXT,
  version    BIGINT,
  updated_at TIMESTAMPTZ,
  PRIMARY KEY (owner_id, bucket)
);

CREATE TABLE bucket_root_history (
  owner_id      TEXT NOT NULL,
  bucket        TEXT NOT NULL,
  version       BIGINT NOT NULL,
  root_cid      TEXT NOT NULL,               -- '' is a tombstone
  previous_root TEXT NOT NULL,               -- '' is none
  commit_id     BYTEA NOT NULL,              -- 16 bytes; zero for foreign writes
  master        TEXT NOT NULL,               -- '' for foreign writes
  epoch         BIGINT NOT NULL,
  cas           BOOLEAN NOT NULL,
  holders       TEXT NOT NULL,               -- JSON array of master ids
  puts          BIGINT NOT NULL,
  deletes       BIGINT NOT NULL,
  others        BIGINT NOT NULL,
  attempts      BIGINT NOT NULL,
  claimed_at    BIGINT NOT NULL,             -- the master's own clock, ms
  at            TIMESTAMPTZ NOT NULL,
  receipt       BYTEA NOT NULL,              -- empty for foreign writes
  receipt_hash  BYTEA NOT NULL,              -- SHA-256 of receipt, empty when there is none
  transaction   XID8 NOT NULL DEFAULT pg_current_xact_id(),  -- tells which rows have no event yet
  PRIMARY KEY (owner_id, bucket, version)
);
CREATE INDEX bucket_root_history_transaction ON bucket_root_history (transaction);

-- The fence. A table of its own: heartbeats never touch it, and every flip holds its master's row FOR SHARE.
CREATE TABLE master_epochs (
  master TEXT PRIMARY KEY,
  epoch  BIGINT NOT NULL,
  fenced BOOLEAN NOT NULL DEFAULT false
);

CREATE TABLE masters (
  master         TEXT PRIMARY KEY,
  cas            BOOLEAN NOT NULL,
  program        TEXT NOT NULL,
  s3_address     TEXT NOT NULL,
  api_address    TEXT NOT NULL,
  blocks_address TEXT NOT NULL,
  node_key       TEXT NOT NULL,
  receipt_key    BYTEA NOT NULL,
  profile        TEXT NOT NULL,
  registered_at  TIMESTAMPTZ NOT NULL,
  heartbeat_at   TIMESTAMPTZ NOT NULL
);

-- Every receipt key a master ever registered, so that old receipts stay verifiable after a key changes.
CREATE TABLE master_receipt_keys (
  master     TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  first_seen TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (master, public_key)
);

CREATE TABLE writer_lease (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  holder     TEXT NOT NULL,
  term       BIGINT NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
INSERT INTO writer_lease VALUES (1, '', 0, '-infinity');

CREATE TABLE fleet (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  id             TEXT NOT NULL,
  require_cas    BOOLEAN NOT NULL DEFAULT false,
  schema_version INTEGER NOT NULL
);
INSERT INTO fleet (one, id, schema_version) VALUES (1, replace(gen_random_uuid()::text, '-', ''), 1);

CREATE TABLE bucket_aliases (
  name       TEXT PRIMARY KEY,
  owner_id   TEXT NOT NULL,
  claimed_at TIMESTAMPTZ NOT NULL
);

-- Hints only, so they need not survive a crash.
CREATE UNLOGGED TABLE turns (
  owner_id     TEXT NOT NULL,
  bucket       TEXT NOT NULL,
  master       TEXT NOT NULL,
  until        TIMESTAMPTZ NOT NULL,
  next         TEXT NOT NULL DEFAULT '',
  next_until   TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
  milliseconds BIGINT NOT NULL,
  PRIMARY KEY (owner_id, bucket)
);

CREATE TABLE races (
  id                BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id          TEXT NOT NULL,
  bucket            TEXT NOT NULL,
  loser             TEXT NOT NULL,
  winner            TEXT NOT NULL,
  base_version      BIGINT NOT NULL,
  winner_version    BIGINT NOT NULL,
  base_root         TEXT NOT NULL,
  winner_root       TEXT NOT NULL,
  loser_root        TEXT NOT NULL,
  keys              TEXT NOT NULL,           -- JSON array
  key_count         BIGINT NOT NULL,
  attempts          BIGINT NOT NULL,
  outcome           TEXT NOT NULL,
  committed_version BIGINT NOT NULL,
  took_micros       BIGINT NOT NULL,
  at                TIMESTAMPTZ NOT NULL,
  keep_until        TIMESTAMPTZ NOT NULL
);
CREATE INDEX races_bucket ON races (owner_id, bucket, id);

-- Numbered in the order in which they become visible, without gaps: whoever appends holds the cursor's row until it
-- commits. A flip does not wait for that: its event is made afterwards, from its history row, by cairn_number_flips().
CREATE TABLE events (
  sequence BIGINT PRIMARY KEY,
  kind     TEXT NOT NULL,
  at       TIMESTAMPTZ NOT NULL,
  json     JSON NOT NULL
);

CREATE TABLE event_cursor (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  last BIGINT NOT NULL,                      -- the newest event's sequence
  seen PG_SNAPSHOT NOT NULL                  -- history rows that are visible in it have their events
);
INSERT INTO event_cursor VALUES (1, 0, pg_current_snapshot());

-- The last thing that a transaction does, for nobody else appends until it ends.
CREATE FUNCTION cairn_add_event(kind TEXT, at TIMESTAMPTZ, json JSON) RETURNS void LANGUAGE sql AS $$
  WITH next AS (UPDATE event_cursor SET last = last + 1 WHERE one = 1 RETURNING last)
  INSERT INTO events SELECT next.last, $1, $2, $3 FROM next
$$;

-- History rows that no event tells of yet: those that were not to be seen when events were last made.
CREATE VIEW flips_to_tell AS
  SELECT h.* FROM bucket_root_history AS h, event_cursor AS c
  WHERE h.transaction >= (SELECT pg_snapshot_xmin(seen) FROM event_cursor)
    AND NOT pg_visible_in_snapshot(h.transaction, c.seen);

-- Makes the events of flips that have none, and gives the newest sequence; tells listeners when there were any. Called
-- in a transaction of its own that holds the cursor's row already, so that what is read here is newer than the cursor.
CREATE FUNCTION cairn_number_flips() RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  made BIGINT;
  newest BIGINT;
BEGIN
  WITH due AS MATERIALIZED (
    SELECT * FROM flips_to_tell
  ), told AS (
    INSERT INTO events SELECT (SELECT last FROM event_cursor) + row_number() OVER (ORDER BY at, version), 'flip', at,
      CASE WHEN master = '' THEN json_build_object('owner', owner_id, 'bucket', bucket, 'version', version,
        'root', NULLIF(root_cid, ''), 'previousRoot', NULLIF(previous_root, ''), 'foreign', true)
      ELSE json_build_object('owner', owner_id, 'bucket', bucket, 'version', version,
        'root', NULLIF(root_cid, ''), 'previousRoot', NULLIF(previous_root, ''), 'master', master, 'epoch', epoch,
        'commit', encode(commit_id, 'hex'), 'holders', holders::json, 'puts', puts, 'deletes', deletes,
        'others', others, 'attempts', attempts) END
    FROM due
  ), moved AS (
    UPDATE event_cursor SET last = last + (SELECT count(*) FROM due), seen = pg_current_snapshot()
    WHERE EXISTS (SELECT 1 FROM due) RETURNING last
  )
  SELECT (SELECT count(*) FROM due), (SELECT last FROM moved) INTO made, newest;
  IF made > 0 THEN PERFORM pg_notify('cairn_events', newest::text); END IF;
  RETURN COALESCE(newest, (SELECT last FROM event_cursor));
END $$;

-- Versions only advance, by one; keys never change.
CREATE FUNCTION cairn_root_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.owner_id = OLD.owner_id AND NEW.bucket = OLD.bucket AND (NEW.version = OLD.version + 1
      OR NEW.version = OLD.version AND COALESCE(NEW.root_cid, '') = COALESCE(OLD.root_cid, '')) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'cairn:backwards: the version of a root pointer only advances, by one, and its key never changes';
END $$;
CREATE TRIGGER bucket_roots_order BEFORE UPDATE ON bucket_roots
  FOR EACH ROW EXECUTE FUNCTION cairn_root_order();

-- A row that another gateway deletes becomes a tombstone, so that its version never restarts.
CREATE FUNCTION cairn_root_tombstone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bucket_roots SET root_cid = '', version = version + 1, updated_at = clock_timestamp()
    WHERE owner_id = OLD.owner_id AND bucket = OLD.bucket AND COALESCE(root_cid, '') <> '';
  RETURN NULL;
END $$;
CREATE TRIGGER bucket_roots_deleted BEFORE DELETE ON bucket_roots
  FOR EACH ROW EXECUTE FUNCTION cairn_root_tombstone();

-- At commit: every root has its history row of a live epoch (of a CAS master, once required), or is a foreign write, which
-- gets its row here while CAS is not required. Runs with its owner's rights, since other gateways have none on our tables.
CREATE FUNCTION cairn_root_recorded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  flipped_by_cas BOOLEAN;
  before TEXT := '';
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.version = OLD.version THEN RETURN NULL; END IF;
    before := COALESCE(OLD.root_cid, '');
  END IF;
  SELECT h.cas INTO flipped_by_cas
    FROM bucket_root_history AS h JOIN master_epochs AS e ON e.master = h.master AND e.epoch = h.epoch
    WHERE h.owner_id = NEW.owner_id AND h.bucket = NEW.bucket AND h.version = NEW.version
      AND h.root_cid = COALESCE(NEW.root_cid, '') AND NOT e.fenced
    FOR SHARE OF e;
  IF flipped_by_cas THEN RETURN NULL; END IF;
  PERFORM 1 FROM fleet WHERE one = 1 AND require_cas FOR SHARE;
  IF FOUND THEN
    RAISE EXCEPTION 'cairn:requires_cas: this fleet takes a root only with its history row of a live CAS epoch';
  END IF;
  IF flipped_by_cas IS NOT NULL THEN RETURN NULL; END IF;
  IF EXISTS (SELECT 1 FROM bucket_root_history
      WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND version >= NEW.version) THEN
    RAISE EXCEPTION 'cairn:backwards: the version of a root pointer never restarts';
  END IF;
  INSERT INTO bucket_root_history VALUES (NEW.owner_id, NEW.bucket, NEW.version, COALESCE(NEW.root_cid, ''), before,
    decode(repeat('00', 16), 'hex'), '', 0, false, '[]', 0, 0, 0, 0, 0, clock_timestamp(), '', '');
  RETURN NULL;
END $$;
-- Not for the sessions in which Cairn does nothing but flip: a flip writes its history row, and holds its epoch's row, in
-- the same statement, and the check costs as much as the rest of it.
CREATE CONSTRAINT TRIGGER bucket_roots_recorded AFTER INSERT OR UPDATE ON bucket_roots
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_setting('cairn.flips', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION cairn_root_recorded();
