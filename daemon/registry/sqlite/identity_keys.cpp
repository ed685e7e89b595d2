#include "daemon/registry/sqlite/identity_statements.h"
#include "daemon/registry/sqlite/identity_takes.h"

namespace cairn::registry::sqlite {
namespace {

/// Whether a query with one text parameter finds a row.
Result<bool> found(Connection& c, const char* sql, const std::string& key, const char* table) {
  Query q(c, sql, key);
  const int rc = q.step();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return c.error(std::string("read ") + table);
  return rc == SQLITE_ROW;
}

Error noSharedKey(const std::string& id) {
  return fail(Errc::not_found, "there is no shared key " + id);
}
Error noAccessKey(const std::string& id) {
  return fail(Errc::not_found, "there is no access key " + id);
}

Status writeWrapped(Connection& c, const WrappedKey& wrapped, std::int64_t revision) {
  return Query(c,
               "INSERT INTO wrapped_keys (key_id, wrapped_for, wrapped, revision) VALUES (?1, ?2, ?3, ?4)"
               " ON CONFLICT (key_id, wrapped_for) DO UPDATE SET wrapped = excluded.wrapped,"
               " revision = excluded.revision",
               wrapped.keyId, wrapped.wrappedFor, wrapped.wrapped, revision)
      .run("wrap a shared key");
}

}  // namespace

Status addSharedKey(Connection& c, const SharedKeyRow& key, const std::vector<WrappedKey>& wrapped, bool ifNone) {
  auto known = found(c, "SELECT 1 FROM shared_keys WHERE id = ?1", key.id, "shared_keys");
  if (!known) return known.error();
  if (*known) return fail(Errc::already_exists, "there is a shared key " + key.id + " already");
  if (ifNone) {
    auto active = found(c, "SELECT 1 FROM shared_keys WHERE purpose = ?1 AND NOT retired", key.purpose, "shared_keys");
    if (!active) return active.error();
    if (*active) return fail(Errc::already_exists, "there is a shared key for " + key.purpose + " already");
  }
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  Status done = Query(c,
                      "INSERT INTO shared_keys (id, purpose, created_at, retired, revision) VALUES (?1, ?2,"
                      " " CAIRN_SQL_NOW ", ?3, ?4)",
                      key.id, key.purpose, key.retired, *revision)
                    .run("add a shared key");
  for (const WrappedKey& form : wrapped)
    if (done) done = writeWrapped(c, form, *revision);
  return done;
}

Status wrapSharedKey(Connection& c, const WrappedKey& wrapped) {
  auto known = found(c, "SELECT 1 FROM shared_keys WHERE id = ?1", wrapped.keyId, "shared_keys");
  if (!known) return known.error();
  if (!*known) return noSharedKey(wrapped.keyId);
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return writeWrapped(c, wrapped, *revision);
}

Status retireSharedKey(Connection& c, const std::string& id) {
  auto known = found(c, "SELECT 1 FROM shared_keys WHERE id = ?1", id, "shared_keys");
  if (!known) return known.error();
  if (!*known) return noSharedKey(id);
  auto active = found(c, "SELECT 1 FROM shared_keys WHERE id = ?1 AND NOT retired", id, "shared_keys");
  if (!active) return active.error();
  if (!*active) return {};
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c, "UPDATE shared_keys SET retired = 1, revision = ?2 WHERE id = ?1", id, *revision)
      .run("retire a shared key");
}

Status retireUnneededKey(Connection& c, const std::string& id) {
  Query sealed(c, "SELECT id FROM access_keys WHERE sealed_by = ?1 AND NOT deleted ORDER BY id LIMIT 1", id);
  const int found = sealed.step();
  if (found == SQLITE_ROW)
    return fail(Errc::precondition, "shared key " + id + " seals access key " + sealed.text(0) +
                                        ": `cairnd key rotate access-key` and `cairnd key reseal` first");
  if (found != SQLITE_DONE) return c.error("read access_keys");
  Query only(c,
             "SELECT purpose FROM shared_keys AS k WHERE id = ?1 AND purpose <> ?2 AND NOT retired AND NOT EXISTS"
             " (SELECT 1 FROM shared_keys WHERE purpose = k.purpose AND id <> k.id AND NOT retired)",
             id, kJwtKey);
  const int last = only.step();
  if (last == SQLITE_ROW)
    return fail(Errc::precondition, "shared key " + id + " is the only one for " + only.text(0) +
                                        ": `cairnd key rotate " + only.text(0) + "` first");
  if (last != SQLITE_DONE) return c.error("read shared_keys");
  return retireSharedKey(c, id);
}

Status addAccessKey(Connection& c, const AccessKeyRow& key) {
  auto known = found(c, "SELECT 1 FROM access_keys WHERE id = ?1", key.id, "access_keys");
  if (!known) return known.error();
  if (*known) return fail(Errc::already_exists, "the access key id " + key.id + " is or was taken");
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c,
               "INSERT INTO access_keys (id, owner_id, sealed_secret, sealed_by, scope, label, enabled, created_at,"
               " expires_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, " CAIRN_SQL_NOW ", ?8, ?9)",
               key.id, key.owner.get(), key.sealedSecret, key.sealedBy, key.scope, key.label, key.enabled,
               key.expiresAt.get(), *revision)
      .run("add an access key");
}

Status setAccessKeyEnabled(Connection& c, const std::string& id, bool enabled) {
  auto known = found(c, "SELECT 1 FROM access_keys WHERE id = ?1 AND NOT deleted", id, "access_keys");
  if (!known) return known.error();
  if (!*known) return noAccessKey(id);
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c, "UPDATE access_keys SET enabled = ?2, revision = ?3 WHERE id = ?1", id, enabled, *revision)
      .run("change an access key");
}

Status resealAccessKey(Connection& c, const AccessKeyRow& key) {
  auto known = found(c, "SELECT 1 FROM access_keys WHERE id = ?1 AND NOT deleted", key.id, "access_keys");
  if (!known) return known.error();
  if (!*known) return noAccessKey(key.id);
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c, "UPDATE access_keys SET sealed_secret = ?2, sealed_by = ?3, revision = ?4 WHERE id = ?1", key.id,
               key.sealedSecret, key.sealedBy, *revision)
      .run("seal an access key anew");
}

Status deleteAccessKey(Connection& c, const std::string& id) {
  auto known = found(c, "SELECT 1 FROM access_keys WHERE id = ?1 AND NOT deleted", id, "access_keys");
  if (!known) return known.error();
  if (!*known) return noAccessKey(id);
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c, "UPDATE access_keys SET deleted = 1, enabled = 0, sealed_secret = x'', revision = ?2 WHERE id = ?1",
               id, *revision)
      .run("delete an access key");
}

// No later than now: the time comes from a master's own clock.
Status noteUses(Connection& c, const std::vector<IdentityRegistry::Use>& uses) {
  for (const auto& use : uses) {
    Status noted = Query(c,
                         "UPDATE access_keys SET last_used_at = min(?2, " CAIRN_SQL_NOW
                         ") WHERE id = ?1 AND NOT deleted AND last_used_at < min(?2, " CAIRN_SQL_NOW ")",
                         use.id, use.at.get())
                       .run("note the use of an access key");
    if (!noted) return noted;
  }
  return {};
}

Result<std::vector<AccessKeyRow>> readAccessKeys(Connection& c, const OwnerId& owner) {
  Query q(c, CAIRN_SQL_ACCESS_KEY " WHERE NOT deleted AND (?1 = '' OR owner_id = ?1) ORDER BY id", owner.get());
  return collect(c, q, "access_keys", takeAccessKey);
}

}  // namespace cairn::registry::sqlite
