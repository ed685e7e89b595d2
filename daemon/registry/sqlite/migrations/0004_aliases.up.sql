-- Fleet-wide names that an operator gave to a bucket. A name stands here or in bucket_aliases (first come), never in both. Times are
-- milliseconds since 1970. docs/formats/registry.md explains every table.
CREATE TABLE given_aliases (
  name     TEXT PRIMARY KEY NOT NULL,
  owner_id TEXT NOT NULL,
  bucket   TEXT NOT NULL,
  by       TEXT NOT NULL,                    -- the operator's wallet
  at       INTEGER NOT NULL
) WITHOUT ROWID;
