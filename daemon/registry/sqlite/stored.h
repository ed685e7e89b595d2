// Columns of rows that another program may have written.
//
// Contract: a Stored reads one row of a Query; a column of another type than asked for, or out of its range, is kept as
// the row's complaint, and gives an empty value. Its key is the row's first column. collect() reads all rows of a
// query, and stops with Errc::corrupt, which names table and key, at the first that has a complaint; with `unreadable`
// it puts such rows there and reads on.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "daemon/registry/identity_check.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

class Stored {
 public:
  explicit Stored(Query& query) : query_(query) {}

  std::int64_t integer(int column, const char* name) {
    expect(column, SQLITE_INTEGER, name, "not a number");
    return query_.integer(column);
  }
  std::uint64_t count(int column, const char* name) {
    const std::int64_t value = integer(column, name);
    complainUnless(value >= 0, name, "below 0");
    return static_cast<std::uint64_t>(value);
  }
  bool flag(int column, const char* name) {
    const std::int64_t value = integer(column, name);
    complainUnless(value == 0 || value == 1, name, "neither 0 nor 1");
    return value != 0;
  }
  Timestamp time(int column, const char* name) { return Timestamp(integer(column, name)); }
  std::string text(int column, const char* name) {
    expect(column, SQLITE_TEXT, name, "not text");
    return query_.text(column);
  }
  Bytes blob(int column, const char* name) {
    expect(column, SQLITE_BLOB, name, "not bytes");
    return query_.blob(column);
  }
  Hash32 hash(int column, const char* name) {
    const Bytes bytes = blob(column, name);
    Hash32 out{};
    complainUnless(bytes.size() == out.size(), name, "not 32 bytes");
    if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  Role role(int column, const char* name) {
    const auto role = roleOf(text(column, name));
    complainUnless(role.has_value(), name, "no role that there is");
    return role.value_or(Role::none);
  }

  const Complaint& complaint() const { return complaint_; }
  Error corrupt(const char* table, const std::string& why) {
    return fail(Errc::corrupt, std::string("registry table ") + table + ", row " + key() + ": " + why);
  }
  std::string key() { return query_.type(0) == SQLITE_BLOB ? toHex(query_.blob(0)) : query_.text(0); }

 private:
  void complainUnless(bool good, const char* name, const char* what) {
    if (!good && !complaint_) complaint_ = std::string(name) + ": " + what;
  }
  void expect(int column, int type, const char* name, const char* what) {
    complainUnless(query_.type(column) == type, name, what);
  }

  Query& query_;
  Complaint complaint_;
};

/// With `check`, what a row says is looked at too, not just what its columns are.
template <class Row>
Result<std::vector<Row>> collect(Connection& c, Query& q, const char* table, Row (*take)(Stored&),
                                 Complaint (*check)(const Row&), std::vector<UnreadableRow>* unreadable = nullptr) {
  std::vector<Row> rows;
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) {
    Stored stored(q);
    Row row = take(stored);
    Complaint wrong = stored.complaint();
    if (!wrong && check) wrong = check(row);
    if (wrong && unreadable == nullptr) return stored.corrupt(table, *wrong);
    if (wrong) {
      unreadable->push_back({table, stored.key(), *wrong});
      continue;
    }
    rows.push_back(std::move(row));
  }
  if (rc != SQLITE_DONE) return c.error(std::string("read ") + table);
  return rows;
}

template <class Row>
Result<std::vector<Row>> collect(Connection& c, Query& q, const char* table, Row (*take)(Stored&)) {
  return collect<Row>(c, q, table, take, &registry::wrongWith);
}

}  // namespace cairn::registry::sqlite
