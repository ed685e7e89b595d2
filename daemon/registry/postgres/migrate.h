// Brings a database to this program's schema, and back.
//
// Contract: blocking, on a connection of its own; never on the registry's thread. Of several that migrate at once one
// does it and the others find it done (an advisory lock). Each direction is one transaction: all of it or nothing.
#pragma once

#include <span>

#include "daemon/registry/postgres/conninfo.h"
#include "daemon/registry/postgres/postgres.h"

namespace cairn::registry::postgres {

struct Migration {
  int number;
  const char* up;
  const char* down;
};
/// Generated from migrations/*.sql.
std::span<const Migration> migrations();

struct Found {
  int schema = 0;        ///< its version; 0: none of our tables
  std::string losesHow;  ///< how a failover or crash could lose an acknowledged flip; empty: it cannot
};
/// Connects and looks.
Result<Found> inspect(const std::vector<Keywords>& hosts, std::chrono::milliseconds patience);

}  // namespace cairn::registry::postgres
