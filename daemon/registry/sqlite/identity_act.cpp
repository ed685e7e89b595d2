// A change, the audit row that tells of it and the use of the message that asked for it, in one transaction.
#include "daemon/registry/identity_check.h"
#include "daemon/registry/sqlite/fleet.h"
#include "daemon/registry/sqlite/identity_statements.h"
#include "daemon/registry/sqlite/identity_takes.h"
#include "daemon/registry/sqlite/records.h"

namespace cairn::registry::sqlite {
namespace {

struct Make {
  Connection& c;
  Status operator()(std::monostate) const { return {}; }
  Status operator()(const SetOperator& change) const { return setOperator(c, change.row, change.onlyFirst); }
  Status operator()(const Revocation& mark) const { return revoke(c, mark); }
  Status operator()(const RevokeGrant& change) const { return revokeGrant(c, change.digest, change.until); }
  Status operator()(const AddSharedKey& change) const { return addSharedKey(c, change.key, change.wrapped, false); }
  Status operator()(const RetireSharedKey& change) const { return retireUnneededKey(c, change.id); }
  Status operator()(const AccessKeyRow& key) const { return addAccessKey(c, key); }
  Status operator()(const SetAccessKeyEnabled& change) const {
    return setAccessKeyEnabled(c, change.id, change.enabled);
  }
  Status operator()(const DeleteAccessKey& change) const { return deleteAccessKey(c, change.id); }
  Status operator()(const Voucher& voucher) const { return vouch(c, voucher); }
  Status operator()(const SetAlias& change) const { return setAlias(c, change); }
  Status operator()(const RequireCas& change) const {
    auto now = readRequireCas(c);
    if (!now) return now.error();
    if (*now == change.required) return alreadySo(change);
    return setRequireCas(c, change.required);
  }
};

/// The row that tells what became of the message; nullopt if nothing did yet.
Result<std::optional<AuditRow>> earlier(Connection& c, const Once& once) {
  Query q(c, "SELECT nonce, digest, sequence FROM action_nonces WHERE nonce = ?1", BytesView(once.nonce));
  const int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<AuditRow>();
  if (rc != SQLITE_ROW) return c.error("read action_nonces");
  Stored stored(q);
  const Hash32 digest = stored.hash(1, "digest");
  const std::uint64_t sequence = stored.count(2, "sequence");
  if (stored.complaint()) return stored.corrupt("action_nonces", *stored.complaint());
  if (digest != once.digest)
    return fail(Errc::already_exists, "the message's nonce was used for another one: sign one with a new nonce");
  auto rows = readAudit(c, sequence, sequence, 1);
  if (!rows) return rows.error();
  if (rows->empty()) return stored.corrupt("action_nonces", "sequence: there is no such audit row");
  return std::optional(std::move(rows->front()));
}

Status checkRole(Connection& c, const Once& once) {
  if (once.least == Role::none) return {};
  Query q(c, CAIRN_SQL_OPERATOR " WHERE wallet = ?1", once.by.get());
  const int rc = q.step();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return c.error("read operators");
  Role role = Role::none;
  if (rc == SQLITE_ROW) {
    Stored stored(q);
    role = takeOperator(stored).role;
    if (stored.complaint()) return stored.corrupt("operators", *stored.complaint());
  }
  if (role >= once.least) return {};
  return fail(Errc::denied, once.by.get() + " has not the role for this any more: it needs " + toText(once.least));
}

Status spend(Connection& c, const Once& once, std::uint64_t sequence) {
  Status done = Query(c,
                      "INSERT INTO action_nonces (nonce, digest, sequence, until) VALUES (?1, ?2, ?3, max(?4,"
                      " " CAIRN_SQL_NOW "))",
                      BytesView(once.nonce), BytesView(once.digest), sequence, once.until.get())
                    .run("note a message's nonce");
  if (done) done = dropOld(c, CAIRN_SQL_DROP("action_nonces", "nonce"), kMarginSeconds);
  return done;
}

}  // namespace

Result<AuditRow> act(Connection& c, const Change& change, const AuditRow& row, const std::optional<Once>& once) {
  if (once) {
    auto before = earlier(c, *once);
    if (!before) return before.error();
    if (*before) return std::move(**before);
    if (Status may = checkRole(c, *once); !may) return may.error();
  }
  if (Status made = std::visit(Make{c}, change); !made) return made.error();
  auto written = appendAudit(c, row);
  if (!written || !once) return written;
  if (Status spent = spend(c, *once, written->sequence); !spent) return spent.error();
  return written;
}

}  // namespace cairn::registry::sqlite
