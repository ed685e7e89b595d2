-- Roots of the past, found by their CID, and what thinning leaves of the history. docs/formats/registry.md
-- explains every table.
CREATE INDEX bucket_root_history_root ON bucket_root_history (owner_id, bucket, root_cid, version);

CREATE TABLE history_checkpoints (
  owner_id     TEXT NOT NULL,
  bucket       TEXT NOT NULL,
  from_version INTEGER NOT NULL,
  to_version   INTEGER NOT NULL,
  checkpoint   BLOB NOT NULL,               -- the signed envelope
  PRIMARY KEY (owner_id, bucket, from_version)
) WITHOUT ROWID;
