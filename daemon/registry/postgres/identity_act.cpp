// Operators, vouchers, the audit log, and a change with the audit row that tells of it in one transaction.
#include "daemon/registry/postgres/identity_statements.h"

#include "daemon/registry/identity_check.h"
#include "daemon/registry/postgres/fleet.h"
#include "daemon/registry/postgres/records.h"

namespace cairn::registry::postgres {
namespace {

/// Fills in what the row continues from, and the database's time.
Task<Status> placeAtEnd(Transaction& t, AuditRow& row) {
  auto last =
      co_await t.run("read audit", "SELECT a.sequence, a.hash, " CAIRN_PG_NOW_MS
                                   " FROM (SELECT 1) AS one LEFT JOIN LATERAL"
                                   " (SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1) AS a ON true");
  if (!last) co_return last.error();
  Stored stored(*last, 0);
  row.at = stored.time(2, "at");
  row.sequence = 1;
  row.previous = {};
  if (last->isNull(0, 0)) co_return Status();
  row.sequence = stored.count(0, "sequence") + 1;
  row.previous = stored.hash(1, "hash");
  if (stored.complaint()) co_return stored.corrupt("audit", *stored.complaint());
  co_return Status();
}

/// The row that tells what became of the message; nullopt if nothing did yet.
Task<Result<std::optional<AuditRow>>> earlier(Transaction& t, const Once& once) {
  auto rows =
      co_await t.run("read action_nonces", "SELECT nonce, digest, sequence FROM action_nonces WHERE nonce = $1::bytea",
                     BytesView(once.nonce));
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return std::optional<AuditRow>();
  Stored stored(*rows, 0);
  const Hash32 digest = stored.hash(1, "digest");
  const std::uint64_t sequence = stored.count(2, "sequence");
  if (stored.complaint()) co_return stored.corrupt("action_nonces", *stored.complaint());
  if (digest != once.digest)
    co_return fail(Errc::already_exists, "the message's nonce was used for another one: sign one with a new nonce");
  auto found = co_await t.run("read audit", auditCall(sequence, sequence, 1));
  if (!found) co_return found.error();
  auto audit = takeAudit(*found);
  if (!audit) co_return audit.error();
  if (audit->empty()) co_return stored.corrupt("action_nonces", "sequence: there is no such audit row");
  co_return std::optional(std::move(audit->front()));
}

Task<Status> checkRole(Transaction& t, const Once& once) {
  if (once.least == Role::none) co_return Status();
  auto rows = co_await t.run("read operators", CAIRN_PG_OPERATOR " WHERE wallet = $1::text", once.by.get());
  if (!rows) co_return rows.error();
  Role role = Role::none;
  if (!rows->empty()) {
    Stored stored(*rows, 0);
    role = takeOperator(stored).role;
    if (stored.complaint()) co_return stored.corrupt("operators", *stored.complaint());
  }
  if (role >= once.least) co_return Status();
  co_return fail(Errc::denied, once.by.get() + " has not the role for this any more: it needs " + toText(once.least));
}

Task<Status> spend(Transaction& t, const Once& once, std::uint64_t sequence) {
  auto done = co_await t.run("note a message's nonce",
                             "INSERT INTO action_nonces (nonce, digest, sequence, until) VALUES ($1::bytea, $2::bytea,"
                             " $3::bigint, GREATEST($4::bigint, " CAIRN_PG_NOW_MS "))",
                             BytesView(once.nonce), BytesView(once.digest), sequence, once.until.get());
  if (!done) co_return done.error();
  co_return co_await dropOld(t, CAIRN_PG_DROP("action_nonces", "nonce"), kMarginSeconds);
}

Task<Result<AuditRow>> appendAudit(Transaction& t, AuditRow row) {
  if (Status placed = co_await placeAtEnd(t, row); !placed) co_return placed.error();
  row.hash = identity::auditHash(row);
  auto done = co_await t.run("append to the audit log",
                             "INSERT INTO audit VALUES ($1::bigint, $2::bigint, $3::text, $4::text, $5::text,"
                             " $6::bytea, $7::text, $8::text, $9::text, $10::bytea, $11::bytea)",
                             row.sequence, row.at.get(), row.who, row.action, row.what, row.signature, row.message,
                             row.from, row.outcome, BytesView(row.previous), BytesView(row.hash));
  if (!done) co_return done.error();
  co_return row;
}

/// The event comes last, for nobody else appends events until the transaction ends.
Task<Status> tellAudit(Transaction& t, const AuditRow& row) {
  auto told = co_await t.run("record an event",
                             "SELECT cairn_add_event('audit', to_timestamp($1::bigint / 1000.0), json_build_object("
                             "'sequence', $2::bigint, 'who', $3::text, 'action', $4::text, 'outcome', $5::text))",
                             row.at.get(), row.sequence, row.who, row.action, row.outcome);
  if (!told) co_return told.error();
  co_return Status();
}

Task<Status> requireCas(Transaction& t, RequireCas change) {
  auto row = co_await t.run("read the fleet's row", "SELECT require_cas FROM fleet WHERE one = 1 FOR UPDATE");
  if (!row) co_return row.error();
  if (row->flag(0, 0) == change.required) co_return alreadySo(change);
  co_return co_await setRequireCas(t, change.required);
}

struct Make {
  Transaction& t;
  Task<Status> operator()(std::monostate) const {
    auto none = []() -> Task<Status> { co_return Status(); };
    return none();
  }
  Task<Status> operator()(const SetOperator& change) const { return setOperator(t, change.row, change.onlyFirst); }
  Task<Status> operator()(const Revocation& mark) const { return revoke(t, mark); }
  Task<Status> operator()(const RevokeGrant& change) const { return revokeGrant(t, change.digest, change.until); }
  Task<Status> operator()(const AddSharedKey& change) const { return addSharedKey(t, change, false); }
  Task<Status> operator()(const RetireSharedKey& change) const { return retireUnneededKey(t, change.id); }
  Task<Status> operator()(const AccessKeyRow& key) const { return addAccessKey(t, key); }
  Task<Status> operator()(const SetAccessKeyEnabled& change) const {
    return setAccessKeyEnabled(t, change.id, change.enabled);
  }
  Task<Status> operator()(const DeleteAccessKey& change) const { return deleteAccessKey(t, change.id); }
  Task<Status> operator()(const Voucher& voucher) const { return vouch(t, voucher); }
  Task<Status> operator()(const SetAlias& change) const { return setAlias(t, change); }
  Task<Status> operator()(const RequireCas& change) const { return requireCas(t, change); }
};

}  // namespace

Task<Status> setOperator(Transaction& t, const OperatorRow& row, bool onlyFirst) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  auto rows = co_await t.run("read operators", operatorsCall());
  if (!rows) co_return rows.error();
  auto standing = takeOperators(*rows);
  if (!standing) co_return standing.error();
  if (auto refused = objection(*standing, row, onlyFirst)) co_return *refused;
  Role had = Role::none;
  for (const OperatorRow& one : *standing)
    if (one.wallet == row.wallet) had = one.role;
  if (had == row.role) co_return Status();
  auto revision = co_await raiseRevision(t);
  if (!revision) co_return revision.error();
  auto done = co_await t.run("set an operator",
                             "INSERT INTO operators (wallet, role, by, at, revision) VALUES ($1::text, $2::text,"
                             " $3::text, clock_timestamp(), $4::bigint) ON CONFLICT (wallet) DO UPDATE SET"
                             " role = excluded.role, by = excluded.by, at = excluded.at, revision = excluded.revision",
                             row.wallet.get(), toText(row.role), row.by.get(), *revision);
  if (!done) co_return done.error();
  co_return Status();
}

Task<Status> vouch(Transaction& t, const Voucher& v) {
  auto done = co_await t.run("keep a voucher",
                             "INSERT INTO vouchers (master, public_key, by, message, signature, at) VALUES ($1::text,"
                             " $2::bytea, $3::text, $4::text, $5::bytea, clock_timestamp()) ON CONFLICT (master,"
                             " public_key, by) DO UPDATE SET message = excluded.message, signature ="
                             " excluded.signature, at = excluded.at",
                             v.master.get(), v.publicKey, v.by.get(), v.message, v.signature);
  if (!done) co_return done.error();
  co_return Status();
}

Task<Result<AuditRow>> act(Transaction& t, const Change& change, const AuditRow& row, const std::optional<Once>& once) {
  if (auto locked = co_await lockRevision(t); !locked) co_return locked.error();
  if (once) {
    auto before = co_await earlier(t, *once);
    if (!before) co_return before.error();
    if (*before) co_return std::move(**before);
    if (Status may = co_await checkRole(t, *once); !may) co_return may.error();
  }
  if (Status made = co_await std::visit(Make{t}, change); !made) co_return made.error();
  auto written = co_await appendAudit(t, row);
  if (!written) co_return written;
  if (once)
    if (Status spent = co_await spend(t, *once, written->sequence); !spent) co_return spent.error();
  if (Status told = co_await tellAudit(t, *written); !told) co_return told.error();
  co_return written;
}

}  // namespace cairn::registry::postgres
