-- The way back: what 0006 added goes, and nobody remembers what was pinned.
DROP TABLE pins;
