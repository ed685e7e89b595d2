// Parameters of statements and rows of results, as libpq carries them.
//
// Contract: values only; Rows shares one immutable PGresult. Texts and bytes are sent in binary format, so that a NUL
// in a text is refused by the server instead of cutting the text short; statements therefore cast such parameters to
// text or bytea. Integers and booleans are sent as text. Columns are read in text format; what is NULL gives an empty
// value.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"

namespace cairn::registry::postgres {

/// A one-dimensional array in PostgreSQL's binary format, for a parameter that is cast to text[] or bytea[].
class Array {
 public:
  enum class Of : std::uint32_t { bytea = 17, text = 25 };  ///< the type's number in every PostgreSQL
  explicit Array(Of type) : type_(type) {}
  void add(std::string_view item);
  std::string wire() const;

 private:
  Of type_;
  std::uint32_t count_ = 0;
  std::string items_;
};

class Params {
 public:
  template <class... Values>
  explicit Params(const Values&... values) {
    (add(values), ...);
  }
  std::size_t size() const { return values_.size(); }
  std::vector<const char*> pointers() const;
  std::vector<int> lengths() const;
  const int* formats() const { return binary_.data(); }

 private:
  void put(std::string value, int binary) {
    values_.push_back(std::move(value));
    binary_.push_back(binary);
  }
  void add(const std::string& v) { put(v, 1); }
  void add(std::string_view v) { put(std::string(v), 1); }
  void add(const char* v) { put(v, 1); }
  void add(BytesView v) { put(std::string(asText(v)), 1); }
  void add(const Bytes& v) { add(BytesView(v)); }
  void add(const Array& v) { put(v.wire(), 1); }
  void add(bool v) { put(v ? "t" : "f", 0); }
  void add(std::int64_t v) { put(std::to_string(v), 0); }
  void add(std::uint64_t v) { put(std::to_string(v), 0); }
  void add(std::uint32_t v) { put(std::to_string(v), 0); }
  void add(int v) { put(std::to_string(v), 0); }

  std::vector<std::string> values_;
  std::vector<int> binary_;
};

/// One statement with its parameters; `sql` lives as long as the program and names the prepared statement.
struct Call {
  const char* sql;
  Params params;
};
template <class... Values>
Call call(const char* sql, const Values&... values) {
  return {sql, Params(values...)};
}

class Rows {
 public:
  Rows() = default;
  explicit Rows(PGresult* result) : result_(result, PQclear) {}
  int size() const { return result_ ? PQntuples(result_.get()) : 0; }
  bool empty() const { return size() == 0; }
  /// How many rows the statement changed.
  std::uint64_t affected() const;
  std::string command() const { return result_ ? PQcmdStatus(result_.get()) : ""; }

  bool isNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::int64_t integer(int row, int column) const;
  std::uint64_t count(int row, int column) const { return static_cast<std::uint64_t>(integer(row, column)); }
  bool flag(int row, int column) const { return text(row, column) == "t"; }
  Bytes blob(int row, int column) const;
  Timestamp time(int row, int column) const { return Timestamp(integer(row, column)); }

 private:
  std::shared_ptr<PGresult> result_;
};

/// An array of texts in PostgreSQL's notation, to be sent as text and cast to text[].
std::string textArray(const std::vector<std::string>& items);
/// `value` as SQL's bigint, which has no unsigned numbers.
std::uint64_t atMostBigint(std::uint64_t value);

/// Milliseconds since 1970 of a timestamptz.
#define CAIRN_PG_MS(time) "(extract(epoch FROM " time ") * 1000)::bigint"
#define CAIRN_PG_NOW_MS CAIRN_PG_MS("clock_timestamp()")

}  // namespace cairn::registry::postgres
