#include "common/base/text.h"
#include "daemon/registry/sqlite/identity_statements.h"
#include "daemon/registry/sqlite/identity_takes.h"

namespace cairn::registry::sqlite {
namespace {

constexpr const char* kSelectRevision = "SELECT one, revision FROM identity_revision WHERE one = 1";

Result<std::uint64_t> readRevision(Connection& c) {
  Query q(c, kSelectRevision);
  const int rc = q.step();
  if (rc == SQLITE_DONE) return fail(Errc::corrupt, "registry table identity_revision: it has no row");
  if (rc != SQLITE_ROW) return c.error("read the revision");
  Stored stored(q);
  const std::uint64_t revision = stored.count(1, "revision");
  if (stored.complaint()) return stored.corrupt("identity_revision", *stored.complaint());
  return revision;
}

Revocation takeRevocation(Stored& in) {
  return {OwnerId(in.text(0, "wallet")), in.integer(1, "up to")};
}
SharedKeyRow takeSharedKey(Stored& in) {
  return {in.text(0, "id"), in.text(1, "purpose"), in.time(2, "created at"), in.flag(3, "retired")};
}
WrappedKey takeWrappedKey(Stored& in) {
  return {in.text(0, "key id"), in.text(1, "wrapped for"), in.blob(2, "wrapped key")};
}
Hash32 takeDigest(Stored& in) {
  return in.hash(0, "digest");
}

/// Rows of one table changed after `since`, in the order in which they changed.
template <class Row>
Status later(Connection& c, const char* sql, std::uint64_t since, const char* table, Row (*take)(Stored&),
             Complaint (*check)(const Row&), std::vector<Row>& out, std::vector<UnreadableRow>* unreadable) {
  Query q(c, sql, since);
  auto rows = collect<Row>(c, q, table, take, check, unreadable);
  if (!rows) return rows.error();
  out = std::move(*rows);
  return {};
}

/// A revocation must count for somebody: its wallet, or, where there is none, all.
Status placeRevocations(std::vector<UnreadableRow>& unreadable) {
  for (UnreadableRow& row : unreadable) {
    if (row.table != "revocations") continue;
    row.key = lowered(row.key);
    if (!isWallet(OwnerId(row.key)))
      return fail(Errc::corrupt, "registry table revocations, row " + row.key + ": " + row.why);
  }
  return {};
}

#define CAIRN_SQL_LATER " WHERE revision > ?1 ORDER BY revision"

Status readLater(Connection& c, std::uint64_t since, AuthChanges& out) {
  Status read = later<Revocation>(c, "SELECT wallet, up_to FROM revocations" CAIRN_SQL_LATER, since, "revocations",
                                  takeRevocation, wrongWith, out.revocations, &out.unreadable);
  if (read)
    read = later<AccessKeyRow>(c, CAIRN_SQL_ACCESS_KEY CAIRN_SQL_LATER, since, "access_keys", takeAccessKey, wrongWith,
                               out.accessKeys, &out.unreadable);
  if (read)
    read = later<SharedKeyRow>(c, "SELECT id, purpose, created_at, retired FROM shared_keys" CAIRN_SQL_LATER, since,
                               "shared_keys", takeSharedKey, wrongWith, out.sharedKeys, &out.unreadable);
  if (read)
    read = later<WrappedKey>(c, "SELECT key_id, wrapped_for, wrapped FROM wrapped_keys" CAIRN_SQL_LATER, since,
                             "wrapped_keys", takeWrappedKey, wrongWith, out.wrappedKeys, &out.unreadable);
  if (read)
    read = later<OperatorRow>(c, CAIRN_SQL_OPERATOR CAIRN_SQL_LATER, since, "operators", takeOperator, wrongWith,
                              out.operators, &out.unreadable);
  if (read)
    read = later<Hash32>(c, "SELECT digest FROM revoked_grants" CAIRN_SQL_LATER, since, "revoked_grants", takeDigest,
                         nullptr, out.revokedGrants, nullptr);
  return read ? placeRevocations(out.unreadable) : read;
}

}  // namespace

Result<std::int64_t> raiseRevision(Connection& c) {
  auto standing = readRevision(c);
  if (!standing) return standing.error();
  const auto next = static_cast<std::int64_t>(*standing + 1);
  Status raised = Query(c, "UPDATE identity_revision SET revision = ?1 WHERE one = 1", next).run("raise the revision");
  if (!raised) return raised.error();
  return next;
}

// One snapshot for all tables: what is committed beside it has a higher revision than the one given here.
Result<AuthChanges> readChanges(Connection& c, std::uint64_t since, const std::string& wrappedFor) {
  if (Status begun = Query(c, "BEGIN").run("begin a read"); !begun) return begun.error();
  AuthChanges out;
  Status read;
  if (auto revision = readRevision(c)) {
    out.revision = *revision;
    read = readLater(c, since > out.revision ? 0 : since, out);
  } else {
    read = revision.error();
  }
  static_cast<void>(Query(c, "COMMIT").run("end a read"));
  if (!read) return read.error();
  if (!wrappedFor.empty())
    std::erase_if(out.wrappedKeys, [&](const WrappedKey& key) { return key.wrappedFor != wrappedFor; });
  return out;
}

}  // namespace cairn::registry::sqlite
