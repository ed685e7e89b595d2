// Revocations, bound nonces, uses and revocations of grants: rows that are worthless after a time.
#include "daemon/registry/sqlite/identity_statements.h"
#include "daemon/registry/sqlite/stored.h"

namespace cairn::registry::sqlite {
namespace {

/// The number in a row found by its hash: nullopt when there is no such row.
Result<std::optional<std::uint64_t>> numberOf(Connection& c, const char* sql, const Hash32& key, const char* table,
                                              const char* name) {
  Query q(c, sql, BytesView(key));
  const int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<std::uint64_t>();
  if (rc != SQLITE_ROW) return c.error(std::string("read ") + table);
  Stored stored(q);
  const std::uint64_t value = stored.count(1, name);
  if (stored.complaint()) return stored.corrupt(table, *stored.complaint());
  return std::optional(value);
}

Result<std::optional<Hash32>> boundTo(Connection& c, const Hash32& nonce) {
  Query q(c, "SELECT nonce, digest FROM bound_nonces WHERE nonce = ?1", BytesView(nonce));
  const int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<Hash32>();
  if (rc != SQLITE_ROW) return c.error("read bound_nonces");
  Stored stored(q);
  const Hash32 digest = stored.hash(1, "digest");
  if (stored.complaint()) return stored.corrupt("bound_nonces", *stored.complaint());
  return std::optional(digest);
}

Result<std::optional<std::int64_t>> standingMark(Connection& c, const OwnerId& wallet) {
  Query q(c, "SELECT wallet, up_to FROM revocations WHERE wallet = ?1", wallet.get());
  const int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<std::int64_t>();
  if (rc != SQLITE_ROW) return c.error("read revocations");
  Stored stored(q);
  const std::int64_t upTo = stored.integer(1, "up to");
  if (stored.complaint()) return stored.corrupt("revocations", *stored.complaint());
  return std::optional(upTo);
}

}  // namespace

Status dropOld(Connection& c, const char* sql, std::int64_t graceSeconds) {
  return Query(c, sql, graceSeconds, std::int64_t{kDroppedAtOnce}).run("drop what is past its time");
}

Status revoke(Connection& c, const Revocation& mark) {
  auto standing = standingMark(c, mark.wallet);
  if (!standing) return standing.error();
  if (*standing && **standing >= mark.upTo) return {};
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  Status done = Query(c,
                      "INSERT INTO revocations (wallet, up_to, revision) VALUES (?1, ?2, ?3) ON CONFLICT (wallet)"
                      " DO UPDATE SET up_to = excluded.up_to, revision = excluded.revision",
                      mark.wallet.get(), mark.upTo, *revision)
                    .run("revoke a wallet's tokens");
  if (!done) return done;
  return dropOld(c,
                 "DELETE FROM revocations WHERE wallet IN (SELECT wallet FROM revocations WHERE up_to < " CAIRN_SQL_NOW
                 " / 1000 - ?1 ORDER BY up_to LIMIT ?2)",
                 kVoidedSeconds + kAheadSeconds + kMarginSeconds);
}

// A binding lives as long as the longest-lived token that was shown under its nonce, also one that was refused, and a
// day in any case: a caller's wrong `until` must not free the nonce at once.
Result<IdentityRegistry::Bound> bindNonce(Connection& c, const Hash32& nonce, const Hash32& digest, Timestamp until) {
  auto standing = boundTo(c, nonce);
  if (!standing) return standing.error();
  if (*standing) {
    Status longer =
        Query(c, "UPDATE bound_nonces SET until = ?2 WHERE nonce = ?1 AND until < ?2", BytesView(nonce), until.get())
            .run("keep a bound nonce longer");
    if (!longer) return longer.error();
    return IdentityRegistry::Bound{**standing, false};
  }
  Status done = Query(c, "INSERT INTO bound_nonces (nonce, digest, until) VALUES (?1, ?2, max(?3, " CAIRN_SQL_NOW "))",
                      BytesView(nonce), BytesView(digest), until.get())
                    .run("bind a nonce");
  if (done) done = dropOld(c, CAIRN_SQL_DROP("bound_nonces", "nonce"), kMarginSeconds);
  if (!done) return done.error();
  return IdentityRegistry::Bound{digest, true};
}

Status revokeGrant(Connection& c, const Hash32& digest, Timestamp until) {
  auto standing =
      numberOf(c, "SELECT digest, until FROM revoked_grants WHERE digest = ?1", digest, "revoked_grants", "until");
  if (!standing) return standing.error();
  if (*standing)
    return Query(c, "UPDATE revoked_grants SET until = ?2 WHERE digest = ?1 AND until < ?2", BytesView(digest),
                 until.get())
        .run("keep a revoked grant longer");
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  Status done =
      Query(c, "INSERT INTO revoked_grants (digest, until, revision) VALUES (?1, max(?2, " CAIRN_SQL_NOW "), ?3)",
            BytesView(digest), until.get(), *revision)
          .run("revoke a grant");
  if (!done) return done;
  return dropOld(c, CAIRN_SQL_DROP("revoked_grants", "digest"), kMarginSeconds);
}

Result<bool> useGrant(Connection& c, const Hash32& digest, std::uint64_t most, Timestamp until) {
  auto uses = numberOf(c, "SELECT digest, uses FROM grant_uses WHERE digest = ?1", digest, "grant_uses", "uses");
  if (!uses) return uses.error();
  if (uses->value_or(0) >= most) return false;
  Status done = Query(c,
                      "INSERT INTO grant_uses (digest, uses, until) VALUES (?1, 1, max(?2, " CAIRN_SQL_NOW
                      ")) ON CONFLICT (digest) DO UPDATE SET uses = uses + 1, until = max(until, excluded.until)",
                      BytesView(digest), until.get())
                    .run("count a use of a grant");
  if (done) done = dropOld(c, CAIRN_SQL_DROP("grant_uses", "digest"), kMarginSeconds);
  if (!done) return done.error();
  return true;
}

}  // namespace cairn::registry::sqlite
