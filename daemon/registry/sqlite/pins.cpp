#include "daemon/registry/sqlite/pins.h"

#include "daemon/registry/json_array.h"
#include "daemon/registry/sqlite/stored.h"

namespace cairn::registry::sqlite {
namespace {

#define CAIRN_SQL_PIN                                                                                      \
  "id, owner_id, root, cid, name, name_folded, origins, meta, state, proved, details, created, attempts, " \
  "term, " CAIRN_SQL_NOW " - created"

PinRow takePin(Stored& s) {
  PinRow row;
  row.id = s.text(0, "id");
  row.owner = OwnerId(s.text(1, "owner_id"));
  if (auto root = Cid::parse(s.text(2, "root"))) row.root = *root;
  row.cid = s.text(3, "cid");
  row.name = s.text(4, "name");
  row.foldedName = s.text(5, "name_folded");
  row.origins = parseJsonArray(s.text(6, "origins"));
  row.meta = pinMetaOf(s.text(7, "meta")).value_or(PinMeta());
  row.state = pinStateOf(s.text(8, "state")).value_or(PinState::failed);
  row.proved = s.flag(9, "proved");
  row.details = s.text(10, "details");
  row.createdAt = s.time(11, "created");
  row.attempts = s.count(12, "attempts");
  row.term = s.count(13, "term");
  row.age = std::max<std::int64_t>(0, s.integer(14, "created"));
  return row;
}

Result<std::vector<PinRow>> collectPins(Connection& c, Query& q) {
  return collect<PinRow>(c, q, "pins", takePin, &wrongWith);
}

Result<PinRow> findPin(Connection& c, const OwnerId& owner, const std::string& id) {
  Query q(c, "SELECT " CAIRN_SQL_PIN " FROM pins WHERE owner_id = ?1 AND id = ?2", owner.get(), id);
  auto rows = collectPins(c, q);
  if (!rows) return rows.error();
  if (rows->empty()) return fail(Errc::not_found, "there is no pin " + id);
  return std::move(rows->front());
}

Result<PinRow> insertPin(Connection& c, const PinRow& row) {
  Status done =
      Query(c,
            "INSERT INTO pins (id, owner_id, root, cid, name, name_folded, origins, meta, state, created, due)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', max(now, last + 1), now FROM (SELECT " CAIRN_SQL_NOW
            " AS now, COALESCE((SELECT max(created) FROM pins WHERE owner_id = ?2), 0) AS last)",
            row.id, row.owner.get(), row.root.str(), row.cid, row.name, row.foldedName, jsonArray(row.origins),
            pinMetaText(row.meta))
          .run("add a pin");
  if (!done) return done.error();
  return findPin(c, row.owner, row.id);
}

Result<PinRow> addPin(Connection& c, const PinRow& row, std::uint64_t most) {
  if (auto there = findPin(c, row.owner, row.id); there || there.error().code != Errc::not_found) return there;
  Query q(c, "SELECT count(*) FROM pins WHERE owner_id = ?1", row.owner.get());
  if (q.step() != SQLITE_ROW) return c.error("count pins");
  if (q.count(0) >= most) return fail(Errc::too_large, "there are " + std::to_string(q.count(0)) + " pins already");
  return insertPin(c, row);
}

Result<PinRow> replacePin(Connection& c, const std::string& old, const PinRow& row) {
  if (auto there = findPin(c, row.owner, row.id); there || there.error().code != Errc::not_found) return there;
  if (auto there = findPin(c, row.owner, old); !there) return there.error();
  if (auto done = Query(c, "DELETE FROM pins WHERE id = ?1", old).run("replace a pin"); !done) return done.error();
  return insertPin(c, row);
}

std::string texts(const std::vector<Cid>& roots) {
  std::vector<std::string> out;
  for (const Cid& root : roots) out.push_back(root.str());
  return jsonArray(out);
}

std::string texts(const std::vector<PinState>& states) {
  std::vector<std::string> out;
  for (PinState state : states) out.emplace_back(toString(state));
  return jsonArray(out);
}

Result<PinPage> listPins(Connection& c, const OwnerId& owner, const PinFilter& f) {
#define CAIRN_SQL_MATCHES                                                                            \
  " FROM pins WHERE owner_id = ?1 AND (?2 = '[]' OR root IN (SELECT value FROM json_each(?2)))"      \
  " AND (?3 = '[]' OR state IN (SELECT value FROM json_each(?3))) AND created < ?4 AND created > ?5" \
  " AND NOT EXISTS (SELECT 1 FROM json_each(?6) AS f WHERE NOT EXISTS"                               \
  "   (SELECT 1 FROM json_each(pins.meta) AS m WHERE m.key = f.key AND m.value = f.value))"          \
  " AND (?7 = 0 OR CASE WHEN ?8 THEN instr(CASE WHEN ?9 THEN name_folded ELSE name END, ?10) > 0"    \
  "   ELSE CASE WHEN ?9 THEN name_folded ELSE name END = ?10 END)"
  const std::string roots = texts(f.roots), states = texts(f.states), meta = pinMetaText(f.meta);
  const std::int64_t before = f.before ? f.before->get() : INT64_MAX, after = f.after ? f.after->get() : INT64_MIN;
  const std::string name = f.name.value_or("");
  PinPage page;
  {
    Query q(c, "SELECT count(*)" CAIRN_SQL_MATCHES, owner.get(), roots, states, before, after, meta, f.name.has_value(),
            f.partial, f.ignoreCase, name);
    if (q.step() != SQLITE_ROW) return c.error("count pins");
    page.count = q.count(0);
  }
  Query q(c, "SELECT " CAIRN_SQL_PIN CAIRN_SQL_MATCHES " ORDER BY created DESC LIMIT ?11", owner.get(), roots, states,
          before, after, meta, f.name.has_value(), f.partial, f.ignoreCase, name, std::uint64_t{f.limit});
#undef CAIRN_SQL_MATCHES
  auto rows = collectPins(c, q);
  if (!rows) return rows.error();
  page.rows = std::move(*rows);
  return page;
}

Status removePin(Connection& c, const OwnerId& owner, const std::string& id) {
  if (auto there = findPin(c, owner, id); !there) return there.error();
  return Query(c, "DELETE FROM pins WHERE id = ?1", id).run("remove a pin");
}

Result<std::map<PinState, std::uint64_t>> countPins(Connection& c) {
  std::map<PinState, std::uint64_t> out;
  Query q(c, "SELECT state, count(*) FROM pins GROUP BY state");
  int rc;
  while ((rc = q.step()) == SQLITE_ROW)
    if (auto state = pinStateOf(q.text(0))) out[*state] = q.count(1);
  if (rc != SQLITE_DONE) return c.error("count pins");
  return out;
}

// The first of every owner's, then the second of every owner's: who has thousands waiting holds up nobody.
Result<std::vector<PinRow>> claimPins(Connection& c, const MasterId& master, std::int64_t lease, std::size_t most) {
  Query q(c,
          "UPDATE pins SET state = 'pinning', worker = ?1, term = term + 1, attempts = attempts + 1,"
          " due = " CAIRN_SQL_NOW
          " + ?2 WHERE id IN (SELECT id FROM (SELECT id, due, row_number() OVER (PARTITION BY owner_id ORDER BY due) AS"
          " place FROM pins WHERE state IN ('queued', 'pinning') AND due <= " CAIRN_SQL_NOW
          ") ORDER BY place, due LIMIT ?3) RETURNING " CAIRN_SQL_PIN,
          master.get(), lease, std::uint64_t{most});
  return collectPins(c, q);
}

Status reportPin(Connection& c, const std::string& id, std::uint64_t term, const PinReport& report) {
  Query q(c,
          "UPDATE pins SET state = ?3, details = ?4, proved = ?5, due = " CAIRN_SQL_NOW
          " + ?6 WHERE id = ?1 AND term = ?2 AND state = 'pinning' RETURNING 1",
          id, term, toString(report.state), report.details, report.proved, std::int64_t{report.time.count()});
  const int rc = q.step();
  if (rc == SQLITE_DONE) return fail(Errc::not_found, "pin " + id + " is gone, or another master's");
  if (rc != SQLITE_ROW) return c.error("report on a pin");
  return {};
}

}  // namespace

Task<Result<PinRow>> SqlitePins::add(PinRow row, std::uint64_t most) {
  return calls_.change<PinRow>(calls_.durable(), [=](Connection& c) { return addPin(c, row, most); });
}
Task<Result<PinRow>> SqlitePins::replace(std::string old, PinRow row) {
  return calls_.change<PinRow>(calls_.durable(), [=](Connection& c) { return replacePin(c, old, row); });
}
Task<Result<PinRow>> SqlitePins::find(OwnerId owner, std::string id) {
  return calls_.look<PinRow>([=](Connection& c) { return findPin(c, owner, id); });
}
Task<Result<PinPage>> SqlitePins::list(OwnerId owner, PinFilter filter) {
  return calls_.look<PinPage>([=](Connection& c) { return listPins(c, owner, filter); });
}
Task<Status> SqlitePins::remove(OwnerId owner, std::string id) {
  return calls_.change<void>(calls_.durable(), [=](Connection& c) { return removePin(c, owner, id); });
}
Task<Result<std::map<PinState, std::uint64_t>>> SqlitePins::counts() {
  return calls_.look<std::map<PinState, std::uint64_t>>(countPins);
}
Task<Result<std::vector<PinRow>>> SqlitePins::claim(MasterId master, std::chrono::milliseconds lease,
                                                    std::size_t most) {
  return calls_.change<std::vector<PinRow>>(calls_.soft(),
                                            [=](Connection& c) { return claimPins(c, master, lease.count(), most); });
}
Task<Status> SqlitePins::report(std::string id, std::uint64_t term, PinReport report) {
  const bool goesOn = report.state == PinState::pinning || report.state == PinState::queued;
  return calls_.change<void>(goesOn ? calls_.soft() : calls_.durable(),
                             [=](Connection& c) { return reportPin(c, id, term, report); });
}

}  // namespace cairn::registry::sqlite
