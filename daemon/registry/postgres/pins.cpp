#include "daemon/registry/postgres/pins.h"

#include "daemon/registry/json_array.h"
#include "daemon/registry/postgres/stored.h"

namespace cairn::registry::postgres {
namespace {

#define CAIRN_PG_PIN                                                                                          \
  "p.id, p.owner_id, p.root, p.cid, p.name, p.name_folded, p.origins, p.meta, p.state, p.proved, p.details, " \
  "p.created, p.attempts, p.term, " CAIRN_PG_NOW_MS " - p.created"

PinRow takePin(Stored& s) {
  PinRow row;
  row.id = s.text(0);
  row.owner = OwnerId(s.text(1));
  if (auto root = Cid::parse(s.text(2))) row.root = *root;
  row.cid = s.text(3);
  row.name = s.text(4);
  row.foldedName = s.text(5);
  row.origins = parseJsonArray(s.text(6));
  row.meta = pinMetaOf(s.text(7)).value_or(PinMeta());
  row.state = pinStateOf(s.text(8)).value_or(PinState::failed);
  row.proved = s.flag(9);
  row.details = s.text(10);
  row.createdAt = s.time(11, "created");
  row.attempts = s.count(12, "attempts");
  row.term = s.count(13, "term");
  row.age = std::max<std::int64_t>(0, s.integer(14, "created"));
  return row;
}

Result<std::vector<PinRow>> collectPins(const Rows& rows) {
  return collect<PinRow>(rows, "pins", takePin, &wrongWith);
}

Result<PinRow> onePin(const Rows& rows, const std::string& id) {
  auto pins = collectPins(rows);
  if (!pins) return pins.error();
  if (pins->empty()) return fail(Errc::not_found, "there is no pin " + id);
  return std::move(pins->front());
}

Call findCall(const OwnerId& owner, const std::string& id) {
  return call("SELECT " CAIRN_PG_PIN " FROM pins AS p WHERE p.owner_id = $1::text AND p.id = $2::text", owner.get(),
              id);
}

/// The owner's pins are made one after another: each gets a time of its own, and counting them means something. Gives
/// the pin of that id, if the answer to an earlier call was lost.
Task<Result<std::optional<PinRow>>> begin(Transaction& t, const PinRow& row) {
  auto locked = co_await t.run("lock an owner's pins", "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))",
                               "cairn pins " + row.owner.get());
  if (!locked) co_return locked.error();
  auto found = co_await t.run("read a pin", findCall(row.owner, row.id));
  if (!found) co_return found.error();
  auto there = onePin(*found, row.id);
  if (there) co_return std::optional(std::move(*there));
  if (there.error().code != Errc::not_found) co_return there.error();
  co_return std::optional<PinRow>();
}

Task<Result<PinRow>> insertPin(Transaction& t, const PinRow& row) {
  auto inserted = co_await t.run(
      "add a pin",
      "INSERT INTO pins AS p (id, owner_id, root, cid, name, name_folded, origins, meta, state, created, due)"
      " SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, 'queued',"
      " greatest(" CAIRN_PG_NOW_MS
      ", 1 + (SELECT max(created) FROM pins WHERE owner_id = $2)), clock_timestamp() RETURNING " CAIRN_PG_PIN,
      row.id, row.owner.get(), row.root.str(), row.cid, row.name, row.foldedName, jsonArray(row.origins),
      pinMetaText(row.meta));
  if (!inserted) co_return inserted.error();
  co_return onePin(*inserted, row.id);
}

Task<Result<PinRow>> addPin(Transaction& t, PinRow row, std::uint64_t most) {
  auto there = co_await begin(t, row);
  if (!there) co_return there.error();
  if (*there) co_return std::move(**there);
  auto counted = co_await t.run("count pins", "SELECT count(*) FROM pins WHERE owner_id = $1::text", row.owner.get());
  if (!counted) co_return counted.error();
  if (counted->count(0, 0) >= most)
    co_return fail(Errc::too_large, "there are " + std::to_string(counted->count(0, 0)) + " pins already");
  co_return co_await insertPin(t, row);
}

Task<Result<PinRow>> replacePin(Transaction& t, std::string old, PinRow row) {
  auto there = co_await begin(t, row);
  if (!there) co_return there.error();
  if (*there) co_return std::move(**there);
  auto gone = co_await t.run("replace a pin", "DELETE FROM pins WHERE owner_id = $1::text AND id = $2::text",
                             row.owner.get(), old);
  if (!gone) co_return gone.error();
  if (gone->affected() == 0) co_return fail(Errc::not_found, "there is no pin " + old);
  co_return co_await insertPin(t, row);
}

std::string texts(const std::vector<Cid>& roots) {
  std::vector<std::string> out;
  for (const Cid& root : roots) out.push_back(root.str());
  return textArray(out);
}

std::string texts(const std::vector<PinState>& states) {
  std::vector<std::string> out;
  for (PinState state : states) out.emplace_back(toString(state));
  return textArray(out);
}

// The count comes with every row of the page, and alone where there are none.
Call listCall(const OwnerId& owner, const PinFilter& f) {
  const std::int64_t before = f.before ? f.before->get() : INT64_MAX, after = f.after ? f.after->get() : INT64_MIN;
  return call(
      "WITH matching AS MATERIALIZED (SELECT * FROM pins WHERE owner_id = $1::text"
      " AND ($2::text = '{}' OR root = ANY (($2::text)::text[])) AND ($3::text = '{}' OR state = ANY"
      " (($3::text)::text[])) AND created < $4::bigint AND created > $5::bigint"
      " AND ($6::text = '{}' OR meta::jsonb @> ($6::text)::jsonb) AND (NOT $7::boolean OR CASE WHEN $8::boolean"
      "   THEN strpos(CASE WHEN $9::boolean THEN name_folded ELSE name END, $10::text) > 0"
      "   ELSE CASE WHEN $9::boolean THEN name_folded ELSE name END = $10::text END)),"
      " p AS (SELECT * FROM matching ORDER BY created DESC LIMIT $11::bigint)"
      " SELECT " CAIRN_PG_PIN
      ", c.n FROM (SELECT count(*) AS n FROM matching) AS c LEFT JOIN p ON true ORDER BY p.created DESC",
      owner.get(), texts(f.roots), texts(f.states), before, after, pinMetaText(f.meta), f.name.has_value(), f.partial,
      f.ignoreCase, f.name.value_or(""), std::uint64_t{f.limit});
}

}  // namespace

Task<Result<Rows>> PostgresPins::one(std::string doing, Call call) {
  auto answers = co_await calls_.once(std::move(doing), {std::move(call)});
  if (!answers) co_return answers.error();
  co_return std::move(answers->front());
}

Task<Result<PinRow>> PostgresPins::add(PinRow row, std::uint64_t most) {
  return calls_.change<PinRow>([=](Transaction& t) { return addPin(t, row, most); });
}

Task<Result<PinRow>> PostgresPins::replace(std::string old, PinRow row) {
  return calls_.change<PinRow>([=](Transaction& t) { return replacePin(t, old, row); });
}

Task<Result<PinRow>> PostgresPins::find(OwnerId owner, std::string id) {
  auto rows = co_await one("read a pin", findCall(owner, id));
  if (!rows) co_return rows.error();
  co_return onePin(*rows, id);
}

Task<Result<PinPage>> PostgresPins::list(OwnerId owner, PinFilter filter) {
  auto rows = co_await one("list pins", listCall(owner, filter));
  if (!rows) co_return rows.error();
  PinPage page;
  page.count = rows->empty() ? 0 : rows->count(0, 15);
  if (rows->empty() || rows->isNull(0, 0)) co_return page;
  auto pins = collectPins(*rows);
  if (!pins) co_return pins.error();
  page.rows = std::move(*pins);
  co_return page;
}

Task<Status> PostgresPins::remove(OwnerId owner, std::string id) {
  auto gone = co_await one("remove a pin",
                           call("DELETE FROM pins WHERE owner_id = $1::text AND id = $2::text", owner.get(), id));
  if (!gone) co_return gone.error();
  if (gone->affected() == 0) co_return fail(Errc::not_found, "there is no pin " + id);
  co_return Status();
}

Task<Result<std::map<PinState, std::uint64_t>>> PostgresPins::counts() {
  auto rows = co_await one("count pins", call("SELECT state, count(*) FROM pins GROUP BY state"));
  if (!rows) co_return rows.error();
  std::map<PinState, std::uint64_t> out;
  for (int i = 0; i < rows->size(); ++i)
    if (auto state = pinStateOf(rows->text(i, 0))) out[*state] = rows->count(i, 1);
  co_return out;
}

// The first of every owner's, then the second of every owner's: who has thousands waiting holds up nobody. The
// condition is asked again of the locked row, which another may have claimed meanwhile.
Task<Result<std::vector<PinRow>>> PostgresPins::claim(MasterId master, std::chrono::milliseconds lease,
                                                      std::size_t most) {
  auto rows = co_await one(
      "claim pins",
      call("WITH due AS MATERIALIZED (SELECT id FROM pins WHERE id IN (SELECT id FROM (SELECT id, due,"
           " row_number() OVER (PARTITION BY owner_id ORDER BY due) AS place FROM pins"
           " WHERE state IN ('queued', 'pinning') AND due <= clock_timestamp()) AS q ORDER BY place, due"
           " LIMIT $3::bigint) AND state IN ('queued', 'pinning') AND due <= clock_timestamp()"
           " FOR UPDATE SKIP LOCKED)"
           " UPDATE pins AS p SET state = 'pinning', worker = $1::text, term = p.term + 1, attempts = p.attempts + 1,"
           " due = clock_timestamp() + $2::bigint * interval '1 ms' FROM due WHERE p.id = due.id"
           " RETURNING " CAIRN_PG_PIN,
           master.get(), std::int64_t{lease.count()}, std::uint64_t{most}));
  if (!rows) co_return rows.error();
  co_return collectPins(*rows);
}

Task<Status> PostgresPins::report(std::string id, std::uint64_t term, PinReport report) {
  auto told =
      co_await one("report on a pin", call("UPDATE pins SET state = $3::text, details = $4::text, proved = $5::boolean,"
                                           " due = clock_timestamp() + $6::bigint * interval '1 ms'"
                                           " WHERE id = $1::text AND term = $2::bigint AND state = 'pinning'",
                                           id, term, toString(report.state), report.details, report.proved,
                                           std::int64_t{report.time.count()}));
  if (!told) co_return told.error();
  if (told->affected() == 0) co_return fail(Errc::not_found, "pin " + id + " is gone, or another master's");
  co_return Status();
}

}  // namespace cairn::registry::postgres
