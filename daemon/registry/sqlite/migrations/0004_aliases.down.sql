-- The way back: what 0004 added goes, and the names that operators gave are nobody's.
DROP TABLE given_aliases;
