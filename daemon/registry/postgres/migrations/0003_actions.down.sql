-- The way back: what 0003 added goes. Messages that were acted upon and have not expired could then be shown again.
DROP TABLE action_nonces;
