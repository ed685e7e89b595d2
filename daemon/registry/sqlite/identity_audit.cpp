#include "daemon/registry/sqlite/identity_statements.h"
#include "daemon/registry/sqlite/stored.h"

namespace cairn::registry::sqlite {
namespace {

AuditRow takeAudit(Stored& in) {
  AuditRow row;
  row.sequence = in.count(0, "sequence");
  row.at = in.time(1, "at");
  row.who = in.text(2, "who");
  row.action = in.text(3, "action");
  row.what = in.text(4, "what");
  row.signature = in.blob(5, "signature");
  row.message = in.text(6, "message");
  row.from = in.text(7, "source");
  row.outcome = in.text(8, "outcome");
  row.previous = in.hash(9, "previous");
  row.hash = in.hash(10, "hash");
  return row;
}

/// Fills in what the row continues from, and the database's time.
Status placeAtEnd(Connection& c, AuditRow& row) {
  Query now(c, "SELECT " CAIRN_SQL_NOW);
  if (now.step() != SQLITE_ROW) return c.error("read the time");
  row.at = Timestamp(now.integer(0));
  row.sequence = 1;
  row.previous = {};
  Query last(c, "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1");
  const int rc = last.step();
  if (rc == SQLITE_DONE) return {};
  if (rc != SQLITE_ROW) return c.error("read audit");
  Stored stored(last);
  row.sequence = stored.count(0, "sequence") + 1;
  row.previous = stored.hash(1, "hash");
  if (stored.complaint()) return stored.corrupt("audit", *stored.complaint());
  return {};
}

}  // namespace

Result<AuditRow> appendAudit(Connection& c, AuditRow row) {
  if (Status placed = placeAtEnd(c, row); !placed) return placed.error();
  row.hash = identity::auditHash(row);
  Status done = Query(c, "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", row.sequence,
                      row.at.get(), row.who, row.action, row.what, row.signature, row.message, row.from, row.outcome,
                      BytesView(row.previous), BytesView(row.hash))
                    .run("append to the audit log");
  if (done)
    done = Query(c,
                 "INSERT INTO events (kind, at, json) VALUES ('audit', ?1, json_object('sequence', ?2, 'who', ?3,"
                 " 'action', ?4, 'outcome', ?5))",
                 row.at.get(), row.sequence, row.who, row.action, row.outcome)
               .run("record an event");
  if (!done) return done.error();
  return row;
}

Result<std::vector<AuditRow>> readAudit(Connection& c, std::uint64_t from, std::uint64_t to, std::size_t limit) {
  constexpr std::uint64_t largest = INT64_MAX;
  Query q(c,
          "SELECT sequence, at, who, action, what, signature, message, source, outcome, previous, hash FROM audit"
          " WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence LIMIT ?3",
          std::min(from, largest), std::min(to, largest), std::min<std::uint64_t>(limit, largest));
  return collect<AuditRow>(c, q, "audit", takeAudit, nullptr);  // what they say is for verifyAudit() to judge
}

Result<std::uint64_t> readLastAudit(Connection& c) {
  Query q(c, "SELECT COALESCE(max(sequence), 0) FROM audit");
  if (q.step() != SQLITE_ROW) return c.error("read the last audit row");
  return q.count(0);
}

}  // namespace cairn::registry::sqlite
