-- The way back: what 0007 added goes; a row that is replaced is held against the history for its own version alone again.
DROP TRIGGER bucket_roots_advance;
