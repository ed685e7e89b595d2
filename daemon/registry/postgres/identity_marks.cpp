// Revocations, bound nonces, uses and revocations of grants: rows that are worthless after a time.
#include "daemon/registry/postgres/identity_statements.h"

namespace cairn::registry::postgres {

#define CAIRN_PG_UNTIL(parameter) "GREATEST(" parameter "::bigint, " CAIRN_PG_NOW_MS ")"

Task<Result<std::int64_t>> lockRevision(Transaction& t) {
  auto rows = co_await t.run("read the revision", "SELECT revision FROM identity_revision WHERE one = 1 FOR UPDATE");
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return fail(Errc::corrupt, "registry table identity_revision: it has no row");
  co_return rows->integer(0, 0);
}

Task<Result<std::int64_t>> raiseRevision(Transaction& t) {
  auto rows = co_await t.run("raise the revision",
                             "UPDATE identity_revision SET revision = revision + 1 WHERE one = 1 RETURNING revision");
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return fail(Errc::corrupt, "registry table identity_revision: it has no row");
  co_return rows->integer(0, 0);
}

Task<Status> dropOld(Transaction& t, const char* sql, std::int64_t graceSeconds) {
  auto dropped = co_await t.run("drop what is past its time", sql, graceSeconds, kDroppedAtOnce);
  if (!dropped) co_return dropped.error();
  co_return Status();
}

Task<Status> revoke(Transaction& t, const Revocation& mark) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto standing =
      co_await t.run("read revocations", "SELECT up_to FROM revocations WHERE wallet = $1::text", mark.wallet.get());
  if (!standing) co_return standing.error();
  if (!standing->empty() && standing->integer(0, 0) >= mark.upTo) co_return Status();
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  auto done = co_await t.run("revoke a wallet's tokens",
                             "INSERT INTO revocations (wallet, up_to, revision) VALUES ($1::text, $2::bigint,"
                             " $3::bigint) ON CONFLICT (wallet) DO UPDATE SET up_to = excluded.up_to,"
                             " revision = excluded.revision",
                             mark.wallet.get(), mark.upTo, *revision);
  if (!done) co_return done.error();
  co_return co_await dropOld(t,
                             "DELETE FROM revocations WHERE wallet IN (SELECT wallet FROM revocations WHERE"
                             " up_to < " CAIRN_PG_NOW_MS " / 1000 - $1::bigint ORDER BY up_to LIMIT $2::bigint)",
                             kVoidedSeconds + kAheadSeconds + kMarginSeconds);
}

// A binding lives as long as the longest-lived token that was shown under its nonce, also one that was refused, and a
// day in any case: a caller's wrong `until` must not free the nonce at once. The nonce's own row decides who is first.
Task<Result<IdentityRegistry::Bound>> bindNonce(Transaction& t, Hash32 nonce, Hash32 digest, Timestamp until) {
  auto first = co_await t.run("bind a nonce",
                              "INSERT INTO bound_nonces (nonce, digest, until) VALUES ($1::bytea, $2::bytea,"
                              " " CAIRN_PG_UNTIL("$3") ") ON CONFLICT (nonce) DO NOTHING",
                              BytesView(nonce), BytesView(digest), until.get());
  if (!first) co_return first.error();
  if (first->affected() > 0) {
    Status dropped = co_await dropOld(t, CAIRN_PG_DROP("bound_nonces", "nonce"), kMarginSeconds);
    if (!dropped) co_return dropped.error();
    co_return IdentityRegistry::Bound{digest, true};
  }
  auto standing = co_await t.run("keep a bound nonce longer",
                                 "UPDATE bound_nonces SET until = GREATEST(until, $2::bigint) WHERE nonce = $1::bytea"
                                 " RETURNING nonce, digest",
                                 BytesView(nonce), until.get());
  if (!standing) co_return standing.error();
  if (standing->empty()) co_return fail(Errc::unavailable, "a bound nonce was dropped just now: try again");
  Stored stored(*standing, 0);
  const Hash32 bound = stored.hash(1, "digest");
  if (stored.complaint()) co_return stored.corrupt("bound_nonces", *stored.complaint());
  co_return IdentityRegistry::Bound{bound, false};
}

Task<Status> revokeGrant(Transaction& t, Hash32 digest, Timestamp until) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto longer = co_await t.run("keep a revoked grant longer",
                               "UPDATE revoked_grants SET until = GREATEST(until, $2::bigint) WHERE digest = $1::bytea",
                               BytesView(digest), until.get());
  if (!longer) co_return longer.error();
  if (longer->affected() > 0) co_return Status();
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  auto done = co_await t.run("revoke a grant",
                             "INSERT INTO revoked_grants (digest, until, revision) VALUES ($1::bytea,"
                             " " CAIRN_PG_UNTIL("$2") ", $3::bigint)",
                             BytesView(digest), until.get(), *revision);
  if (!done) co_return done.error();
  co_return co_await dropOld(t, CAIRN_PG_DROP("revoked_grants", "digest"), kMarginSeconds);
}

Task<Result<bool>> useGrant(Transaction& t, Hash32 digest, std::uint64_t most, Timestamp until) {
  if (most == 0) co_return false;
  auto used = co_await t.run("count a use of a grant",
                             "INSERT INTO grant_uses (digest, uses, until) VALUES ($1::bytea, 1, " CAIRN_PG_UNTIL("$2")
                             ") ON CONFLICT (digest) DO UPDATE SET uses = grant_uses.uses + 1, until ="
                             " GREATEST(grant_uses.until, excluded.until) WHERE grant_uses.uses < $3::bigint",
                             BytesView(digest), until.get(), atMostBigint(most));
  if (!used) co_return used.error();
  if (used->affected() == 0) co_return false;
  Status dropped = co_await dropOld(t, CAIRN_PG_DROP("grant_uses", "digest"), kMarginSeconds);
  if (!dropped) co_return dropped.error();
  co_return true;
}

}  // namespace cairn::registry::postgres
