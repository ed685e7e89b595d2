-- What masters share about who may do what: revocations, bound nonces, shared keys, access keys, operators, grants,
-- vouchers, the audit log. Times are milliseconds since 1970 by this database's clock, except where seconds are named.
-- docs/formats/registry.md explains every table and trigger.

-- Raised in the transaction of each change that masters must hear of; the changed row carries it.
CREATE TABLE identity_revision (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
);
INSERT INTO identity_revision VALUES (1, 0);

-- Tokens of the wallet issued up to here are void.
CREATE TABLE revocations (
  wallet   TEXT PRIMARY KEY NOT NULL,
  up_to    INTEGER NOT NULL,                 -- seconds since 1970
  revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX revocations_revision ON revocations (revision);
CREATE INDEX revocations_age ON revocations (up_to);
CREATE TRIGGER revocations_rise BEFORE UPDATE ON revocations
WHEN NEW.up_to < OLD.up_to OR NEW.wallet IS NOT OLD.wallet
BEGIN
  SELECT RAISE(ABORT, 'cairn:revoked: a revocation is never taken back');
END;

CREATE TABLE bound_nonces (
  nonce  BLOB PRIMARY KEY NOT NULL CHECK (length(nonce) = 32),
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  until  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX bound_nonces_age ON bound_nonces (until);
CREATE TRIGGER bound_nonces_fixed BEFORE UPDATE ON bound_nonces
WHEN NEW.nonce IS NOT OLD.nonce OR NEW.digest IS NOT OLD.digest
BEGIN
  SELECT RAISE(ABORT, 'cairn:bound: a nonce stays bound to its first token');
END;

CREATE TABLE shared_keys (
  id         TEXT PRIMARY KEY NOT NULL,
  purpose    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  retired    INTEGER NOT NULL DEFAULT 0,
  revision   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX shared_keys_revision ON shared_keys (revision);

-- A shared key as sealed for the holders of one key-encryption key.
CREATE TABLE wrapped_keys (
  key_id      TEXT NOT NULL,
  wrapped_for TEXT NOT NULL,
  wrapped     BLOB NOT NULL,
  revision    INTEGER NOT NULL,
  PRIMARY KEY (key_id, wrapped_for)
) WITHOUT ROWID;
CREATE INDEX wrapped_keys_revision ON wrapped_keys (revision);

-- A deleted key's row stays, without its secret, so that its id is never free again.
CREATE TABLE access_keys (
  id            TEXT PRIMARY KEY NOT NULL,
  owner_id      TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  sealed_by     TEXT NOT NULL,
  scope         TEXT NOT NULL,
  label         TEXT NOT NULL,
  enabled       INTEGER NOT NULL,
  deleted       INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,            -- 0: never
  last_used_at  INTEGER NOT NULL DEFAULT 0,  -- 0: never
  revision      INTEGER NOT NULL,
  CHECK (NOT deleted OR length(sealed_secret) = 0)
) WITHOUT ROWID;
CREATE INDEX access_keys_revision ON access_keys (revision);
CREATE INDEX access_keys_owner ON access_keys (owner_id, id);
CREATE TRIGGER access_keys_stay BEFORE DELETE ON access_keys BEGIN
  SELECT RAISE(ABORT, 'cairn:kept: an access key is marked deleted, its row stays');
END;
CREATE TRIGGER access_keys_gone BEFORE UPDATE ON access_keys
WHEN OLD.deleted AND NOT NEW.deleted OR NEW.id IS NOT OLD.id
BEGIN
  SELECT RAISE(ABORT, 'cairn:kept: the id of a deleted access key is never free again');
END;

CREATE TABLE operators (
  wallet   TEXT PRIMARY KEY NOT NULL,
  role     TEXT NOT NULL CHECK (role IN ('none', 'viewer', 'operator', 'admin')),
  by       TEXT NOT NULL,                    -- '' for the first
  at       INTEGER NOT NULL,
  revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX operators_revision ON operators (revision);

CREATE TABLE revoked_grants (
  digest   BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
  until    INTEGER NOT NULL,
  revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX revoked_grants_revision ON revoked_grants (revision);
CREATE INDEX revoked_grants_age ON revoked_grants (until);

CREATE TABLE grant_uses (
  digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
  uses   INTEGER NOT NULL,
  until  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX grant_uses_age ON grant_uses (until);
CREATE TRIGGER grant_uses_rise BEFORE UPDATE ON grant_uses
WHEN NEW.uses < OLD.uses OR NEW.digest IS NOT OLD.digest
BEGIN
  SELECT RAISE(ABORT, 'cairn:used: a use of a grant is never taken back');
END;

-- An operator's word that a master's receipt key is the fleet's.
CREATE TABLE vouchers (
  master     TEXT NOT NULL,
  public_key BLOB NOT NULL,
  by         TEXT NOT NULL,
  message    TEXT NOT NULL,
  signature  BLOB NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (master, public_key, by)
) WITHOUT ROWID;

-- Append-only; `hash` is over all that stands before it (docs/formats/audit.md). No column but the key is unique, for
-- INSERT OR REPLACE deletes the row it collides with and asks no trigger.
CREATE TABLE audit (
  sequence  INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  who       TEXT NOT NULL,
  action    TEXT NOT NULL,
  what      TEXT NOT NULL,
  signature BLOB NOT NULL,
  message   TEXT NOT NULL,
  source    TEXT NOT NULL,
  outcome   TEXT NOT NULL,
  previous  BLOB NOT NULL CHECK (length(previous) = 32),
  hash      BLOB NOT NULL CHECK (length(hash) = 32)
);
CREATE TRIGGER audit_appended BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT COALESCE(max(sequence), 0) + 1 FROM audit)
  OR NEW.previous IS NOT COALESCE((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), zeroblob(32))
BEGIN
  SELECT RAISE(ABORT, 'cairn:append_only: an audit row follows the last one');
END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'cairn:append_only: an audit row never changes');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'cairn:append_only: an audit row is never deleted');
END;
