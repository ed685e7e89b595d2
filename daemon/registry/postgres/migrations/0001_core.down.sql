-- The way back: what 0001 added goes, root pointers stay for whoever else uses them.
DROP TRIGGER bucket_roots_recorded ON bucket_roots;
DROP TRIGGER bucket_roots_deleted ON bucket_roots;
DROP TRIGGER bucket_roots_order ON bucket_roots;
DROP FUNCTION cairn_root_recorded();
DROP FUNCTION cairn_root_tombstone();
DROP FUNCTION cairn_root_order();
DROP TABLE events;
DROP TABLE races;
DROP TABLE turns;
DROP TABLE bucket_aliases;
DROP TABLE fleet;
DROP TABLE writer_lease;
DROP TABLE master_receipt_keys;
DROP TABLE masters;
DROP TABLE master_epochs;
DROP TABLE bucket_root_history;
