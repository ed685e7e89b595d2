-- What masters share about who may do what, on PostgreSQL 15; the same logical schema as on SQLite. Times that callers
-- give, and those that are hashed, are milliseconds since 1970 (seconds where named); the others are the database's.
-- docs/formats/registry.md explains every table, trigger and lock.

-- Raised in the transaction of each change that masters must hear of, before anything else in it is read: its row lock
-- puts such changes one after another, so that a revision that can be seen has all lower ones beneath it.
CREATE TABLE identity_revision (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  revision BIGINT NOT NULL
);
INSERT INTO identity_revision VALUES (1, 0);

-- Tokens of the wallet issued up to here are void.
CREATE TABLE revocations (
  wallet   TEXT PRIMARY KEY,
  up_to    BIGINT NOT NULL,                  -- seconds since 1970
  revision BIGINT NOT NULL
);
CREATE INDEX revocations_revision ON revocations (revision);
CREATE INDEX revocations_age ON revocations (up_to);

CREATE TABLE bound_nonces (
  nonce  BYTEA PRIMARY KEY CHECK (length(nonce) = 32),
  digest BYTEA NOT NULL CHECK (length(digest) = 32),
  until  BIGINT NOT NULL
);
CREATE INDEX bound_nonces_age ON bound_nonces (until);

CREATE TABLE shared_keys (
  id         TEXT PRIMARY KEY,
  purpose    TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  retired    BOOLEAN NOT NULL DEFAULT false,
  revision   BIGINT NOT NULL
);
CREATE INDEX shared_keys_revision ON shared_keys (revision);

-- A shared key as sealed for the holders of one key-encryption key.
CREATE TABLE wrapped_keys (
  key_id      TEXT NOT NULL,
  wrapped_for TEXT NOT NULL,
  wrapped     BYTEA NOT NULL,
  revision    BIGINT NOT NULL,
  PRIMARY KEY (key_id, wrapped_for)
);
CREATE INDEX wrapped_keys_revision ON wrapped_keys (revision);

-- A deleted key's row stays, without its secret, so that its id is never free again.
CREATE TABLE access_keys (
  id            TEXT PRIMARY KEY,
  owner_id      TEXT NOT NULL,
  sealed_secret BYTEA NOT NULL,
  sealed_by     TEXT NOT NULL,
  scope         TEXT NOT NULL,
  label         TEXT NOT NULL,
  enabled       BOOLEAN NOT NULL,
  deleted       BOOLEAN NOT NULL DEFAULT false,
  created_at    TIMESTAMPTZ NOT NULL,
  expires_at    BIGINT NOT NULL,             -- 0: never
  last_used_at  BIGINT NOT NULL DEFAULT 0,   -- 0: never
  revision      BIGINT NOT NULL,
  CHECK (NOT deleted OR length(sealed_secret) = 0)
);
CREATE INDEX access_keys_revision ON access_keys (revision);
CREATE INDEX access_keys_owner ON access_keys (owner_id, id);

CREATE TABLE operators (
  wallet   TEXT PRIMARY KEY,
  role     TEXT NOT NULL CHECK (role IN ('none', 'viewer', 'operator', 'admin')),
  by       TEXT NOT NULL,                    -- '' for the first
  at       TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX operators_revision ON operators (revision);

CREATE TABLE revoked_grants (
  digest   BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  until    BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX revoked_grants_revision ON revoked_grants (revision);
CREATE INDEX revoked_grants_age ON revoked_grants (until);

CREATE TABLE grant_uses (
  digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
  uses   BIGINT NOT NULL,
  until  BIGINT NOT NULL
);
CREATE INDEX grant_uses_age ON grant_uses (until);

-- An operator's word that a master's receipt key is the fleet's.
CREATE TABLE vouchers (
  master     TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  by         TEXT NOT NULL,
  message    TEXT NOT NULL,
  signature  BYTEA NOT NULL,
  at         TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (master, public_key, by)
);

-- Append-only; `hash` is over all that stands before it (docs/formats/audit.md), so JSON stays text and times numbers.
CREATE TABLE audit (
  sequence  BIGINT PRIMARY KEY,
  at        BIGINT NOT NULL,
  who       TEXT NOT NULL,
  action    TEXT NOT NULL,
  what      TEXT NOT NULL,
  signature BYTEA NOT NULL,
  message   TEXT NOT NULL,
  source    TEXT NOT NULL,
  outcome   TEXT NOT NULL,
  previous  BYTEA NOT NULL CHECK (length(previous) = 32),
  hash      BYTEA NOT NULL CHECK (length(hash) = 32)
);

-- What is never taken back: each trigger names the rule that an UPDATE breaks.
CREATE FUNCTION cairn_never_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'cairn:%', TG_ARGV[0];
END $$;
CREATE TRIGGER revocations_rise BEFORE UPDATE ON revocations FOR EACH ROW
  WHEN (NEW.up_to < OLD.up_to OR NEW.wallet <> OLD.wallet)
  EXECUTE FUNCTION cairn_never_back('revoked: a revocation is never taken back');
CREATE TRIGGER bound_nonces_fixed BEFORE UPDATE ON bound_nonces FOR EACH ROW
  WHEN (NEW.nonce <> OLD.nonce OR NEW.digest <> OLD.digest)
  EXECUTE FUNCTION cairn_never_back('bound: a nonce stays bound to its first token');
CREATE TRIGGER access_keys_stay BEFORE DELETE ON access_keys FOR EACH ROW
  EXECUTE FUNCTION cairn_never_back('kept: an access key is marked deleted, its row stays');
CREATE TRIGGER access_keys_gone BEFORE UPDATE ON access_keys FOR EACH ROW
  WHEN (OLD.deleted AND NOT NEW.deleted OR NEW.id <> OLD.id)
  EXECUTE FUNCTION cairn_never_back('kept: the id of a deleted access key is never free again');
CREATE TRIGGER access_keys_whole BEFORE TRUNCATE ON access_keys FOR EACH STATEMENT
  EXECUTE FUNCTION cairn_never_back('kept: access keys are never dropped');
CREATE TRIGGER grant_uses_rise BEFORE UPDATE ON grant_uses FOR EACH ROW
  WHEN (NEW.uses < OLD.uses OR NEW.digest <> OLD.digest)
  EXECUTE FUNCTION cairn_never_back('used: a use of a grant is never taken back');
CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit FOR EACH ROW
  EXECUTE FUNCTION cairn_never_back('append_only: an audit row never changes and is never deleted');
CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT
  EXECUTE FUNCTION cairn_never_back('append_only: an audit row is never deleted');

-- A row follows one that has committed, or the same transaction's; of two that follow the same one the key refuses the
-- second. So there is no gap and no fork, whoever appends.
CREATE FUNCTION cairn_audit_appended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence = 1 AND NEW.previous = decode(repeat('00', 32), 'hex') THEN RETURN NEW; END IF;
  IF NEW.sequence > 1 AND EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.sequence - 1 AND hash = NEW.previous) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'cairn:append_only: an audit row follows the last one';
END $$;
CREATE TRIGGER audit_appended BEFORE INSERT ON audit
  FOR EACH ROW EXECUTE FUNCTION cairn_audit_appended();
