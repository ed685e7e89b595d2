-- Fleet-wide names that an operator gave to a bucket, on PostgreSQL 15; the same logical schema as on
-- SQLite. A name stands here or in bucket_aliases (first come), never in both. docs/formats/registry.md explains every table.
CREATE TABLE given_aliases (
  name     TEXT PRIMARY KEY NOT NULL,
  owner_id TEXT NOT NULL,
  bucket   TEXT NOT NULL,
  by       TEXT NOT NULL,                    -- the operator's wallet
  at       TIMESTAMPTZ NOT NULL
);
