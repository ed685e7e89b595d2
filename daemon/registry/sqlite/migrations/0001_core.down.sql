-- The way back: what 0001 added goes, root pointers stay for whoever else uses them.
DROP TRIGGER bucket_roots_deleted;
DROP TRIGGER bucket_roots_updated;
DROP TRIGGER bucket_roots_order;
DROP TRIGGER bucket_roots_inserted;
DROP TRIGGER flip_insert;
DROP VIEW flip;
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
