-- Pins that users asked for through the pinning service. Times are milliseconds since 1970 by this database's clock.
-- docs/formats/registry.md explains every table.
CREATE TABLE pins (
  id          TEXT PRIMARY KEY NOT NULL,     -- the requestid
  owner_id    TEXT NOT NULL,
  root        TEXT NOT NULL,                 -- CID of version 1
  cid         TEXT NOT NULL,                 -- as the owner spelled it
  name        TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  origins     TEXT NOT NULL,                 -- JSON array of multiaddrs
  meta        TEXT NOT NULL,                 -- JSON object of texts
  state       TEXT NOT NULL CHECK (state IN ('queued', 'pinning', 'pinned', 'failed')),
  proved      INTEGER NOT NULL DEFAULT 0,    -- 1: the owner has shown a right to the bytes, or brought them
  details     TEXT NOT NULL DEFAULT '',
  created     INTEGER NOT NULL,              -- of one owner all different
  attempts    INTEGER NOT NULL DEFAULT 0,
  term        INTEGER NOT NULL DEFAULT 0,    -- of the last claim
  worker      TEXT NOT NULL DEFAULT '',      -- the master that claimed it last
  due         INTEGER NOT NULL,              -- not claimed before; while it is worked on, when the claim ends
  UNIQUE (owner_id, created)
) WITHOUT ROWID;
CREATE INDEX pins_due ON pins (due) WHERE state IN ('queued', 'pinning');
CREATE INDEX pins_root ON pins (owner_id, root);
