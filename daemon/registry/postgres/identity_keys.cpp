#include "daemon/registry/postgres/identity_statements.h"

namespace cairn::registry::postgres {
namespace {

/// Whether a query with one text parameter finds a row.
Task<Result<bool>> found(Transaction& t, const char* sql, std::string key) {
  auto rows = co_await t.run("read keys", sql, key);
  if (!rows) co_return rows.error();
  co_return !rows->empty();
}

Error noSharedKey(const std::string& id) {
  return fail(Errc::not_found, "there is no shared key " + id);
}
Error noAccessKey(const std::string& id) {
  return fail(Errc::not_found, "there is no access key " + id);
}

Task<Status> writeWrapped(Transaction& t, const WrappedKey& wrapped, std::int64_t revision) {
  auto done = co_await t.run("wrap a shared key",
                             "INSERT INTO wrapped_keys (key_id, wrapped_for, wrapped, revision) VALUES ($1::text,"
                             " $2::text, $3::bytea, $4::bigint) ON CONFLICT (key_id, wrapped_for) DO UPDATE SET"
                             " wrapped = excluded.wrapped, revision = excluded.revision",
                             wrapped.keyId, wrapped.wrappedFor, wrapped.wrapped, revision);
  if (!done) co_return done.error();
  co_return Status();
}

/// The statement, whose last parameter is the raised revision.
template <class... Values>
Task<Status> raised(Transaction& t, const char* doing, const char* sql, Values... values) {
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  auto done = co_await t.run(doing, sql, values..., *revision);
  if (!done) co_return done.error();
  co_return Status();
}

constexpr const char* kSharedKey = "SELECT 1 FROM shared_keys WHERE id = $1::text";
constexpr const char* kAccessKey = "SELECT 1 FROM access_keys WHERE id = $1::text AND NOT deleted";

Task<Status> mustHave(Transaction& t, const char* sql, std::string id, Error otherwise) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto known = co_await found(t, sql, std::move(id));
  if (!known) co_return known.error();
  if (!*known) co_return otherwise;
  co_return Status();
}

}  // namespace

Task<Status> addSharedKey(Transaction& t, const AddSharedKey& change, bool ifNone) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto known = co_await found(t, kSharedKey, change.key.id);
  if (!known) co_return known.error();
  if (*known) co_return fail(Errc::already_exists, "there is a shared key " + change.key.id + " already");
  if (ifNone) {
    auto active =
        co_await found(t, "SELECT 1 FROM shared_keys WHERE purpose = $1::text AND NOT retired", change.key.purpose);
    if (!active) co_return active.error();
    if (*active) co_return fail(Errc::already_exists, "there is a shared key for " + change.key.purpose + " already");
  }
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  auto done = co_await t.run("add a shared key",
                             "INSERT INTO shared_keys (id, purpose, created_at, retired, revision) VALUES ($1::text,"
                             " $2::text, clock_timestamp(), $3::boolean, $4::bigint)",
                             change.key.id, change.key.purpose, change.key.retired, *revision);
  if (!done) co_return done.error();
  for (const WrappedKey& form : change.wrapped)
    if (Status written = co_await writeWrapped(t, form, *revision); !written) co_return written;
  co_return Status();
}

Task<Status> wrapSharedKey(Transaction& t, const WrappedKey& wrapped) {
  if (Status known = co_await mustHave(t, kSharedKey, wrapped.keyId, noSharedKey(wrapped.keyId)); !known)
    co_return known;
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  co_return co_await writeWrapped(t, wrapped, *revision);
}

Task<Status> retireSharedKey(Transaction& t, const std::string& id) {
  if (Status known = co_await mustHave(t, kSharedKey, id, noSharedKey(id)); !known) co_return known;
  auto active = co_await found(t, "SELECT 1 FROM shared_keys WHERE id = $1::text AND NOT retired", id);
  if (!active) co_return active.error();
  if (!*active) co_return Status();
  co_return co_await raised(t, "retire a shared key",
                            "UPDATE shared_keys SET retired = true, revision = $2::bigint WHERE id = $1::text", id);
}

Task<Status> retireUnneededKey(Transaction& t, const std::string& id) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto sealed = co_await t.run("read access_keys",
                               "SELECT id FROM access_keys WHERE sealed_by = $1::text AND NOT deleted ORDER BY id"
                               " LIMIT 1",
                               id);
  if (!sealed) co_return sealed.error();
  if (!sealed->empty())
    co_return fail(Errc::precondition, "shared key " + id + " seals access key " + sealed->text(0, 0) +
                                           ": `cairnd key rotate access-key` and `cairnd key reseal` first");
  auto only = co_await t.run("read shared_keys",
                             "SELECT purpose FROM shared_keys AS k WHERE id = $1::text AND purpose <> $2::text AND NOT"
                             " retired AND NOT EXISTS (SELECT 1 FROM shared_keys WHERE purpose = k.purpose AND"
                             " id <> k.id AND NOT retired)",
                             id, kJwtKey);
  if (!only) co_return only.error();
  if (!only->empty())
    co_return fail(Errc::precondition, "shared key " + id + " is the only one for " + only->text(0, 0) +
                                           ": `cairnd key rotate " + only->text(0, 0) + "` first");
  co_return co_await retireSharedKey(t, id);
}

Task<Status> addAccessKey(Transaction& t, const AccessKeyRow& key) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto known = co_await found(t, "SELECT 1 FROM access_keys WHERE id = $1::text", key.id);
  if (!known) co_return known.error();
  if (*known) co_return fail(Errc::already_exists, "the access key id " + key.id + " is or was taken");
  co_return co_await raised(t, "add an access key",
                            "INSERT INTO access_keys (id, owner_id, sealed_secret, sealed_by, scope, label, enabled,"
                            " created_at, expires_at, revision) VALUES ($1::text, $2::text, $3::bytea, $4::text,"
                            " $5::text, $6::text, $7::boolean, clock_timestamp(), $8::bigint, $9::bigint)",
                            key.id, key.owner.get(), key.sealedSecret, key.sealedBy, key.scope, key.label, key.enabled,
                            key.expiresAt.get());
}

Task<Status> setAccessKeyEnabled(Transaction& t, const std::string& id, bool enabled) {
  if (Status known = co_await mustHave(t, kAccessKey, id, noAccessKey(id)); !known) co_return known;
  co_return co_await raised(t, "change an access key",
                            "UPDATE access_keys SET enabled = $2::boolean, revision = $3::bigint WHERE id = $1::text",
                            id, enabled);
}

Task<Status> resealAccessKey(Transaction& t, const AccessKeyRow& key) {
  if (Status known = co_await mustHave(t, kAccessKey, key.id, noAccessKey(key.id)); !known) co_return known;
  co_return co_await raised(t, "seal an access key anew",
                            "UPDATE access_keys SET sealed_secret = $2::bytea, sealed_by = $3::text,"
                            " revision = $4::bigint WHERE id = $1::text",
                            key.id, key.sealedSecret, key.sealedBy);
}

Task<Status> deleteAccessKey(Transaction& t, const std::string& id) {
  if (Status known = co_await mustHave(t, kAccessKey, id, noAccessKey(id)); !known) co_return known;
  co_return co_await raised(t, "delete an access key",
                            "UPDATE access_keys SET deleted = true, enabled = false, sealed_secret = '', revision ="
                            " $2::bigint WHERE id = $1::text",
                            id);
}

}  // namespace cairn::registry::postgres
