-- Which operators' messages were acted upon, so that each counts once. Times are milliseconds since 1970.
-- docs/formats/registry.md explains every table and trigger.
CREATE TABLE action_nonces (
  nonce    BLOB PRIMARY KEY NOT NULL CHECK (length(nonce) = 32),
  digest   BLOB NOT NULL CHECK (length(digest) = 32),
  sequence INTEGER NOT NULL,                 -- of the audit row that says what became of it
  until    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX action_nonces_age ON action_nonces (until);
CREATE TRIGGER action_nonces_fixed BEFORE UPDATE ON action_nonces BEGIN
  SELECT RAISE(ABORT, 'cairn:spent: a nonce stays with the message that used it');
END;
