-- The way back: what 0002 added goes, the audit log with it.
DROP TABLE audit;
DROP TABLE vouchers;
DROP TABLE grant_uses;
DROP TABLE revoked_grants;
DROP TABLE operators;
DROP TABLE access_keys;
DROP TABLE wrapped_keys;
DROP TABLE shared_keys;
DROP TABLE bound_nonces;
DROP TABLE revocations;
DROP TABLE identity_revision;
DROP FUNCTION cairn_audit_appended();
DROP FUNCTION cairn_never_back();
