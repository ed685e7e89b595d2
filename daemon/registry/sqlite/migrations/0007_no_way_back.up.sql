-- INSERT OR REPLACE deletes the row it replaces without a word to any trigger (recursive_triggers is off unless the writing
-- program sets it), so bucket_roots_order never sees it. An inserted row is therefore held against the history: nothing
-- newer may stand there, and where something older does, the version before. An upsert that updates comes to bucket_roots_order.
CREATE TRIGGER bucket_roots_advance AFTER INSERT ON bucket_roots BEGIN
  SELECT RAISE(ABORT, 'cairn:backwards: the version of a root pointer only advances, by one, also where its row is replaced')
    WHERE EXISTS (SELECT 1 FROM bucket_root_history
        WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND version > NEW.version)
      OR EXISTS (SELECT 1 FROM bucket_root_history
        WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND version < NEW.version)
      AND NOT EXISTS (SELECT 1 FROM bucket_root_history
        WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket AND version = NEW.version - 1);
END;
