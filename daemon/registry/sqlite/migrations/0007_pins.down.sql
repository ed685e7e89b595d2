-- The way back: what 0007 added goes, and nobody remembers what was pinned.
DROP TABLE pins;
