// A blocking connection to PostgreSQL, for commands.
//
// Contract: one thread; never the registry's. Statements wait as long as the server takes. Errors name what could not
// be done and why, never a password.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/registry/postgres/conninfo.h"
#include "daemon/registry/postgres/values.h"

namespace cairn::registry::postgres {

class Plain {
 public:
  /// To the first host that takes it. Errc::denied where the last one refuses this user or has no such database, which
  /// no waiting mends; Errc::unavailable otherwise.
  static Result<Plain> connect(const std::vector<Keywords>& hosts, std::chrono::milliseconds patience);

  Result<Rows> run(const std::string& sql);
  Status exec(const std::string& sql);
  /// `sql` is a COPY FROM STDIN; `text` its lines, in text format.
  Status copyIn(const std::string& sql, const std::string& text);

 private:
  explicit Plain(PGconn* conn);
  Error errorOf(PGresult* result);
  std::unique_ptr<PGconn, decltype(&PQfinish)> conn_;
};

}  // namespace cairn::registry::postgres
