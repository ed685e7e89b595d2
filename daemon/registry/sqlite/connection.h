// One SQLite connection and its statements, for the registry's engine.
//
// Contract: a Connection is used by one thread at a time. Statements are prepared once and cached by the address of
// their SQL text, which therefore must be a literal or otherwise outlive the connection. A Query borrows a cached
// statement for one run: two live Queries of the same text are a bug. Errors come as cairn::Error by SQLite's result
// code: BUSY -> unavailable, FULL -> no_space, IOERR, CANTOPEN, READONLY -> io, CORRUPT, NOTADB -> corrupt.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "daemon/registry/sqlite/fairness.h"

namespace cairn::registry::sqlite {

/// SQL for "now", in milliseconds since 1970, by the database's clock; constant within a statement.
#define CAIRN_SQL_NOW "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

class Connection {
 public:
  struct Options {
    std::string path, vfs;
    bool durable = true;  ///< false: commits are not synced, for what may be lost
    std::chrono::milliseconds patience{10000};
  };
  static Result<std::unique_ptr<Connection>> open(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  sqlite3* handle() { return db_; }
  /// Runs a script of any number of statements.
  Status exec(const char* sql);
  /// nullptr when it does not compile; error() then says why.
  sqlite3_stmt* statement(const char* sql);
  Error error(std::string_view doing);
  bool inTransaction() { return sqlite3_get_autocommit(db_) == 0; }
  Fairness& fairness() { return fairness_; }
  /// A small random number, for jitter.
  unsigned jitter(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

 private:
  explicit Connection(const Options& options);
  static int onBusy(void* self, int tries);
  int waitForLock(int tries);

  Options options_;
  sqlite3* db_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  Fairness fairness_;
  std::minstd_rand random_;
  std::chrono::steady_clock::time_point waitingSince_;
};

class Query {
 public:
  template <class... Values>
  Query(Connection& connection, const char* sql, const Values&... values)
      : connection_(connection), statement_(connection.statement(sql)) {
    int i = 0;
    if (statement_) (bind(++i, values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// SQLITE_ROW, SQLITE_DONE or an error code.
  int step();
  /// For statements without rows: success means that it ran to its end.
  Status run(std::string_view doing);

  bool isNull(int column) { return type(column) == SQLITE_NULL; }
  int type(int column) { return sqlite3_column_type(statement_, column); }
  std::int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }
  std::uint64_t count(int column) { return static_cast<std::uint64_t>(integer(column)); }
  std::string text(int column);
  Bytes blob(int column);

 private:
  void bind(int i, std::string_view v);
  void bind(int i, BytesView v);
  void bind(int i, std::int64_t v) { sqlite3_bind_int64(statement_, i, v); }
  void bind(int i, std::uint64_t v) { sqlite3_bind_int64(statement_, i, static_cast<std::int64_t>(v)); }
  void bind(int i, std::uint32_t v) { sqlite3_bind_int64(statement_, i, v); }
  void bind(int i, bool v) { sqlite3_bind_int64(statement_, i, v ? 1 : 0); }
  void bind(int i, const std::string& v) { bind(i, std::string_view(v)); }
  void bind(int i, const char* v) { bind(i, std::string_view(v)); }
  void bind(int i, const Bytes& v) { bind(i, BytesView(v)); }

  Connection& connection_;
  sqlite3_stmt* statement_;
};

}  // namespace cairn::registry::sqlite
