// Copies tables from a registry file into a database, and compares what the database then has.
//
// Contract: blocks, one thread. Growing tables are copied in passes, each one transaction of the database that also
// notes in `moving_in` how far it came; the file's masters may write beside. What does not compare equal is
// Errc::corrupt, and nothing of that pass stays.
#pragma once

#include <map>

#include "daemon/registry/move/tables.h"

namespace cairn::registry::move {

class Copier {
 public:
  Copier(sqlite::Connection& file, postgres::Plain& server, std::vector<Table> tables);

  /// Reads how far earlier passes came.
  Status resume();
  /// One pass over a growing table; gives how many rows it copied.
  Result<std::uint64_t> pass(const Table& table);
  /// Within transactions of both that the caller began: what is left of growing tables, and all of the others.
  Result<std::uint64_t> rest();
  const std::vector<Table>& tables() const { return tables_; }

 private:
  struct Progress {
    std::int64_t upTo = 0;  ///< rowid
    std::uint64_t rows = 0;
    std::uint64_t passes = 0;
  };
  struct Batch {
    std::string lines;
    std::uint64_t rows = 0, sum = 0;
    std::int64_t last = 0;
  };
  Result<Batch> read(const Table& table, std::int64_t after, std::int64_t limit);
  Status write(const Table& table, const Batch& batch, const std::string& condition);
  Result<std::uint64_t> growOnce(const Table& table, std::int64_t limit);
  Result<std::uint64_t> growToEnd(const Table& table);
  /// How many rows the table has, now in both.
  Result<std::uint64_t> growRest(const Table& table);
  Result<std::uint64_t> whole(const Table& table);
  Result<std::uint64_t> countInFile(const Table& table);

  sqlite::Connection& file_;
  postgres::Plain& server_;
  const std::vector<Table> tables_;  // their statements are cached by address
  std::map<std::string, Progress> progress_;
};

}  // namespace cairn::registry::move
