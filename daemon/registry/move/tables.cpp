#include "daemon/registry/move/tables.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <regex>
#include <set>

#include "common/cid/sha256.h"

namespace cairn::registry::move {
namespace {

// Hints, and the seal itself.
const std::set<std::string> kLeft = {"turns", "moved"};
// SQLite's own: it counts what settled failed commits.
const std::set<std::string> kSqlitesOwn = {"fleet.settled"};
const std::set<std::string> kGrowing = {"bucket_root_history", "events", "audit"};
constexpr char kBetween = '\x1f';

struct TargetColumn {
  std::string table, name, type;
  bool identity = false;
};

Result<std::vector<TargetColumn>> targetColumns(postgres::Plain& server) {
  auto rows = server.run(
      "SELECT c.table_name, c.column_name, c.udt_name, c.is_identity = 'YES' FROM information_schema.columns AS c"
      " JOIN information_schema.tables AS t USING (table_schema, table_name)"
      " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position");
  if (!rows) return rows.error();
  std::vector<TargetColumn> out;
  for (int i = 0; i < rows->size(); ++i)
    out.push_back({rows->text(i, 0), rows->text(i, 1), rows->text(i, 2), rows->flag(i, 3)});
  return out;
}

/// The first column of all rows.
template <class... Values>
Result<std::vector<std::string>> names(sqlite::Connection& file, const char* sql, const Values&... values) {
  std::vector<std::string> out;
  sqlite::Query query(file, sql, values...);
  int rc;
  while ((rc = query.step()) == SQLITE_ROW) out.push_back(query.text(0));
  if (rc != SQLITE_DONE) return file.error("read its schema");
  return out;
}

Result<Kind> kindOf(const std::string& table, const TargetColumn& column) {
  if (table == "bucket_roots" && column.name == "updated_at") return Kind::looseTime;
  if (column.type == "text" || column.type == "json") return Kind::text;
  if (column.type == "int8" || column.type == "int4") return Kind::number;
  if (column.type == "bool") return Kind::boolean;
  if (column.type == "bytea") return Kind::bytes;
  if (column.type == "timestamptz") return Kind::time;
  return fail(Errc::unsupported, "cannot move column " + table + "." + column.name + " of type " + column.type);
}

std::string quoted(const std::string& name) {
  return '"' + name + '"';
}

Result<Table> tableOf(sqlite::Connection& file, const std::string& name, const std::vector<TargetColumn>& all) {
  Table table;
  table.name = name;
  auto have = names(file, "SELECT name FROM pragma_table_info(?1)", name);
  if (!have) return have.error();
  for (const std::string& column : *have) {
    auto at = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.table == name && c.name == column; });
    if (at == all.end() && kSqlitesOwn.contains(name + "." + column)) continue;
    if (at == all.end()) return fail(Errc::unsupported, "the database has no column " + name + "." + column);
    auto kind = kindOf(name, *at);
    if (!kind) return kind.error();
    table.columns.push_back({column, *kind});
    if (at->identity) table.identity = column;
    table.seeded = table.seeded || column == "one";
  }
  table.grows = kGrowing.contains(name);
  table.count = "SELECT count(*) FROM " + quoted(name);
  table.select = table.grows ? "SELECT rowid" : "SELECT 0";
  for (const Column& column : table.columns) table.select += ", " + quoted(column.name);
  table.select += " FROM " + quoted(name);
  if (table.grows) table.select += " WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
  return table;
}

std::string hexOf(const Bytes& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::uint8_t b : bytes) out += {digits[b >> 4], digits[b & 15]};
  return out;
}

std::string utc(std::int64_t milliseconds) {
  using namespace std::chrono;
  const sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(milliseconds)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  char out[64];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u %02d:%02d:%02d.%03d+00", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return out;
}

/// Other gateways write any text; what is no time is nothing that anybody relies on.
std::optional<std::string> looseTime(const std::string& text) {
  static const std::regex kTime(R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d(:?\d\d)?)?)");
  return std::regex_match(text, kTime) ? std::optional(text) : std::nullopt;
}

void escape(const std::string& value, std::string& out) {
  for (char c : value) switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
}

/// A value as COPY takes it (unescaped), and as it is hashed.
struct Written {
  std::string copied, hashed;
};

Result<std::optional<Written>> write(const Column& column, sqlite::Query& at, int i) {
  if (at.isNull(i)) return std::optional<Written>();
  const std::string text = column.kind == Kind::bytes ? hexOf(at.blob(i)) : at.text(i);
  if (text.find('\0') != std::string::npos)
    return fail(Errc::invalid, "a text in column " + column.name + " has a NUL, which PostgreSQL cannot keep");
  switch (column.kind) {
    case Kind::text:
    case Kind::number:
      return std::optional(Written{text, text});
    case Kind::boolean:
      return std::optional(Written{at.integer(i) ? "t" : "f", at.integer(i) ? "1" : "0"});
    case Kind::bytes:
      return std::optional(Written{"\\x" + text, text});
    case Kind::time:
      return std::optional(Written{utc(at.integer(i)), text});
    case Kind::looseTime:
      break;
  }
  auto time = looseTime(text);
  return time ? std::optional(Written{*time, {}}) : std::nullopt;
}

std::string hashedInSql(const Column& column) {
  const std::string name = quoted(column.name);
  switch (column.kind) {
    case Kind::text:
    case Kind::number:
      return name + "::text";
    case Kind::boolean:
      return name + "::int::text";
    case Kind::bytes:
      return "encode(" + name + ", 'hex')";
    case Kind::time:
      return "((extract(epoch FROM " + name + ") * 1000)::bigint)::text";
    case Kind::looseTime:
      break;
  }
  return {};
}

/// The first 60 bits, which both sides can add up.
std::uint64_t hashOf(const std::string& text) {
  const auto digest = sha256(asBytes(text));
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8 | digest[i];
  return out >> 4;
}

}  // namespace

std::string passMark(std::uint64_t pass) {
  return std::to_string(3 + pass);
}

Result<std::vector<Table>> sharedTables(sqlite::Connection& file, postgres::Plain& server) {
  auto columns = targetColumns(server);
  if (!columns) return columns.error();
  auto found =
      names(file, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
  if (!found) return found.error();
  std::vector<Table> out;
  for (const std::string& name : *found) {
    if (kLeft.contains(name)) continue;
    auto table = tableOf(file, name, *columns);
    if (!table) return table.error();
    out.push_back(std::move(*table));
  }
  return out;
}

Result<Row> rowOf(const Table& table, sqlite::Query& at) {
  Row row;
  std::string hashed;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto written = write(table.columns[i], at, static_cast<int>(i) + 1);
    if (!written) return fail(written.error().code, table.name + ": " + written.error().message);
    if (i > 0) row.line += '\t';
    if (*written) {
      escape((*written)->copied, row.line);
    } else {
      row.line += "\\N";
    }
    if (table.columns[i].kind == Kind::looseTime) continue;
    hashed += *written ? (*written)->hashed : "\\N";
    hashed += kBetween;
  }
  row.hash = hashOf(hashed);
  return row;
}

std::string Table::copy() const {
  std::string out = "COPY " + quoted(name) + " (";
  for (std::size_t i = 0; i < columns.size(); ++i) out += (i > 0 ? ", " : "") + quoted(columns[i].name);
  return out + (name == "bucket_root_history" ? ", transaction) FROM STDIN" : ") FROM STDIN");
}

std::string Table::sums(const std::string& condition) const {
  std::string text;
  for (const Column& column : columns) {
    if (column.kind == Kind::looseTime) continue;
    text += (text.empty() ? "COALESCE(" : " || COALESCE(") + hashedInSql(column) + ", '\\N') || chr(31)";
  }
  return "SELECT count(*), mod(COALESCE(sum(('x' || substr(encode(sha256(convert_to(" + text +
         ", 'UTF8')), 'hex'), 1, 15))::bit(60)::bigint), 0), 18446744073709551616)::text FROM " + quoted(name) +
         " WHERE " + condition;
}

}  // namespace cairn::registry::move
