-- The way back: what 0005 added goes, and with the checkpoints the proof of what was thinned.
DROP TABLE history_checkpoints;
DROP INDEX bucket_root_history_root;
