// The tables that both engines have, and how a row of the one is written down for the other.
//
// Contract: sharedTables() asks both databases which tables and columns they have, so that a later migration's tables
// go along by themselves; Errc::unsupported where the file has a column that the database lacks (of those that are
// known to be SQLite's own it says nothing). A Row's `line` is a line of COPY in text format, `hash` a number of what
// the database must have afterwards; Table::sums is SQL that makes count and sum of those numbers there.
#pragma once

#include <string>
#include <vector>

#include "daemon/registry/postgres/plain.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::move {

enum class Kind { text, number, boolean, bytes, time, looseTime };

struct Column {
  std::string name;
  Kind kind = Kind::text;
};

struct Table {
  std::string name;
  std::vector<Column> columns;
  bool grows = false;    ///< rows are only appended, in the order of their rowids
  bool seeded = false;   ///< a migration puts its one row there
  std::string identity;  ///< the column that the database numbers by itself; empty: none
  std::string select;    ///< SQLite's: rowid (0 without), then the columns; of growing ones those behind ?1, at most ?2
  std::string count;     ///< SQLite's number of rows

  std::string copy() const;
  std::string sums(const std::string& condition) const;
};

struct Row {
  std::string line;
  std::uint64_t hash = 0;
};

Result<std::vector<Table>> sharedTables(sqlite::Connection& file, postgres::Plain& server);
Result<Row> rowOf(const Table& table, sqlite::Query& at);

/// What marks copied rows of the history in the database, and tells passes apart; older than any transaction.
std::string passMark(std::uint64_t pass);

}  // namespace cairn::registry::move
