#include "daemon/registry/move/copier.h"

namespace cairn::registry::move {
namespace {

constexpr std::int64_t kRowsInPass = 20000;
constexpr std::int64_t kAll = -1;  // as SQLite's LIMIT

bool isHistory(const Table& table) {
  return table.name == "bucket_root_history";
}

}  // namespace

Copier::Copier(sqlite::Connection& file, postgres::Plain& server, std::vector<Table> tables)
    : file_(file), server_(server), tables_(std::move(tables)) {}

Status Copier::resume() {
  auto rows = server_.run("SELECT name, up_to, copied, passes FROM moving_in WHERE name <> ''");
  if (!rows) return rows.error();
  for (int i = 0; i < rows->size(); ++i)
    progress_[rows->text(i, 0)] = {rows->integer(i, 1), rows->count(i, 2), rows->count(i, 3)};
  return {};
}

Result<Copier::Batch> Copier::read(const Table& table, std::int64_t after, std::int64_t limit) {
  Batch out;
  out.last = after;
  const std::string mark = isHistory(table) ? '\t' + passMark(progress_[table.name].passes) : "";
  sqlite::Query query = table.grows ? sqlite::Query(file_, table.select.c_str(), after, limit)
                                    : sqlite::Query(file_, table.select.c_str());
  int rc;
  while ((rc = query.step()) == SQLITE_ROW) {
    auto row = rowOf(table, query);
    if (!row) return row.error();
    out.lines += row->line + mark + '\n';
    out.sum += row->hash;
    out.last = query.integer(0);
    ++out.rows;
  }
  if (rc != SQLITE_DONE) return file_.error("read table " + table.name);
  return out;
}

// What the server says it has is compared with what the file gave, before anybody can see it.
Status Copier::write(const Table& table, const Batch& batch, const std::string& condition) {
  if (Status copied = server_.copyIn(table.copy(), batch.lines); !copied)
    return fail(copied.error().code, "table " + table.name + ": " + copied.error().message);
  auto sums = server_.run(table.sums(condition));
  if (!sums) return sums.error();
  if (sums->count(0, 0) == batch.rows && sums->text(0, 1) == std::to_string(batch.sum)) return {};
  return fail(Errc::corrupt, "table " + table.name + " is not in the database as it was copied: " + sums->text(0, 0) +
                                 " rows of " + std::to_string(batch.rows) + " compared");
}

Result<std::uint64_t> Copier::growOnce(const Table& table, std::int64_t limit) {
  Progress& progress = progress_[table.name];
  auto batch = read(table, progress.upTo, limit);
  if (!batch) return batch.error();
  if (batch->rows == 0) return std::uint64_t{0};
  const std::string condition = isHistory(table) ? "transaction = '" + passMark(progress.passes) + "'"
                                                 : "sequence > " + std::to_string(progress.upTo);
  if (Status written = write(table, *batch, condition); !written) return written.error();
  const Progress next{batch->last, progress.rows + batch->rows, progress.passes + 1};
  Status noted =
      server_.exec("INSERT INTO moving_in (name, up_to, copied, passes) VALUES ('" + table.name + "', " +
                   std::to_string(next.upTo) + ", " + std::to_string(next.rows) + ", " + std::to_string(next.passes) +
                   ") ON CONFLICT (name) DO UPDATE SET up_to = excluded.up_to, copied = excluded.copied,"
                   " passes = excluded.passes");
  if (!noted) return noted.error();
  progress = next;
  return batch->rows;
}

Result<std::uint64_t> Copier::pass(const Table& table) {
  const Progress before = progress_[table.name];
  Status begun = server_.exec("BEGIN");
  if (!begun) return begun.error();
  auto copied = growOnce(table, kRowsInPass);
  Status ended = copied ? server_.exec("COMMIT") : Status(copied.error());
  if (ended) return copied;
  progress_[table.name] = before;
  static_cast<void>(server_.exec("ROLLBACK"));
  return ended.error();
}

Result<std::uint64_t> Copier::countInFile(const Table& table) {
  sqlite::Query query(file_, table.count.c_str());
  if (query.step() != SQLITE_ROW) return file_.error("count table " + table.name);
  return query.count(0);
}

Result<std::uint64_t> Copier::growToEnd(const Table& table) {
  std::uint64_t rows = 0;
  for (;;) {
    auto copied = growOnce(table, kRowsInPass);
    if (!copied) return copied;
    if (*copied == 0) return rows;
    rows += *copied;
  }
}

// Rows that passes copied may have been thinned away in the file since; then all of it is copied again.
Result<std::uint64_t> Copier::growRest(const Table& table) {
  auto copied = growToEnd(table);
  if (!copied) return copied;
  auto has = countInFile(table);
  if (!has) return has;
  if (*has == progress_[table.name].rows) return *has;
  if (table.name == "audit") return fail(Errc::corrupt, "rows of the audit log have gone while it was copied");
  if (Status emptied = server_.exec("TRUNCATE \"" + table.name + '"'); !emptied) return emptied.error();
  Progress& progress = progress_[table.name];
  progress = {0, 0, progress.passes + 1};
  return growToEnd(table);
}

Result<std::uint64_t> Copier::whole(const Table& table) {
  if (table.seeded)
    if (Status emptied = server_.exec("DELETE FROM \"" + table.name + '"'); !emptied) return emptied.error();
  auto batch = read(table, 0, kAll);
  if (!batch) return batch.error();
  if (Status written = write(table, *batch, "true"); !written) return written.error();
  if (!table.identity.empty())
    if (Status numbered =
            server_.exec("SELECT setval(pg_get_serial_sequence('" + table.name + "', '" + table.identity +
                         "'), GREATEST((SELECT max(\"" + table.identity + "\") FROM \"" + table.name + "\"), 1))");
        !numbered)
      return numbered.error();
  return batch->rows;
}

Result<std::uint64_t> Copier::rest() {
  std::uint64_t rows = 0;
  // Root pointers last: the database looks for their history.
  for (bool pointers : {false, true})
    for (const Table& table : tables_) {
      if ((table.name == "bucket_roots") != pointers) continue;
      auto copied = table.grows ? growRest(table) : whole(table);
      if (!copied) return copied;
      rows += *copied;
    }
  return rows;
}

}  // namespace cairn::registry::move
