-- Which operators' messages were acted upon, so that each counts once, on PostgreSQL 15; the same logical schema as on
-- SQLite. Times are milliseconds since 1970. docs/formats/registry.md explains every table, trigger and lock.
CREATE TABLE action_nonces (
  nonce    BYTEA PRIMARY KEY CHECK (length(nonce) = 32),
  digest   BYTEA NOT NULL CHECK (length(digest) = 32),
  sequence BIGINT NOT NULL,                  -- of the audit row that says what became of it
  until    BIGINT NOT NULL
);
CREATE INDEX action_nonces_age ON action_nonces (until);
CREATE TRIGGER action_nonces_fixed BEFORE UPDATE ON action_nonces FOR EACH ROW
  EXECUTE FUNCTION cairn_never_back('spent: a nonce stays with the message that used it');
