// Columns of rows that another program may have written.
//
// Contract: a Stored reads one row of Rows; a column out of its range is kept as the row's complaint, and gives an
// empty value (types are the schema's). Its key is the row's first column. collect() reads all rows, and stops with
// Errc::corrupt, which names table and key, at the first that has a complaint; with `unreadable` it puts such rows
// there and reads on.
#pragma once

#include <algorithm>

#include "daemon/registry/identity_check.h"
#include "daemon/registry/postgres/values.h"

namespace cairn::registry::postgres {

class Stored {
 public:
  Stored(const Rows& rows, int row) : rows_(rows), row_(row) {}

  std::int64_t integer(int column, const char* name) {
    complainUnless(!rows_.isNull(row_, column), name, "not a number");
    return rows_.integer(row_, column);
  }
  std::uint64_t count(int column, const char* name) {
    const std::int64_t value = integer(column, name);
    complainUnless(value >= 0, name, "below 0");
    return static_cast<std::uint64_t>(value);
  }
  bool flag(int column) { return rows_.flag(row_, column); }
  Timestamp time(int column, const char* name) { return Timestamp(integer(column, name)); }
  std::string text(int column) { return rows_.text(row_, column); }
  Bytes blob(int column) { return rows_.blob(row_, column); }
  Hash32 hash(int column, const char* name) {
    const Bytes bytes = blob(column);
    Hash32 out{};
    complainUnless(bytes.size() == out.size(), name, "not 32 bytes");
    if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  Role role(int column, const char* name) {
    const auto role = roleOf(text(column));
    complainUnless(role.has_value(), name, "no role that there is");
    return role.value_or(Role::none);
  }

  const Complaint& complaint() const { return complaint_; }
  Error corrupt(const char* table, const std::string& why) {
    return fail(Errc::corrupt, std::string("registry table ") + table + ", row " + key() + ": " + why);
  }
  std::string key() {
    const std::string text = rows_.text(row_, 0);
    return text.starts_with("\\x") ? text.substr(2) : text;
  }

 private:
  void complainUnless(bool good, const char* name, const char* what) {
    if (!good && !complaint_) complaint_ = std::string(name) + ": " + what;
  }

  const Rows& rows_;
  const int row_;
  Complaint complaint_;
};

/// With `check`, what a row says is looked at too, not just what its columns are.
template <class Row>
Result<std::vector<Row>> collect(const Rows& rows, const char* table, Row (*take)(Stored&),
                                 Complaint (*check)(const Row&), std::vector<UnreadableRow>* unreadable = nullptr) {
  std::vector<Row> out;
  for (int i = 0; i < rows.size(); ++i) {
    Stored stored(rows, i);
    Row row = take(stored);
    Complaint wrong = stored.complaint();
    if (!wrong && check) wrong = check(row);
    if (wrong && unreadable == nullptr) return stored.corrupt(table, *wrong);
    if (wrong) {
      unreadable->push_back({table, stored.key(), *wrong});
      continue;
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace cairn::registry::postgres
