// Thinning of the history on SQLite: the statements, without threads.
//
// Contract: as records.h. thin() is Registry::thin().
#pragma once

#include "daemon/registry/registry.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

Status thin(Connection& connection, const Thinned& range, Duration leastAge);
Result<std::vector<Thinned>> readThinned(Connection& connection, const BucketId& bucket, Version from,
                                         std::size_t limit);

}  // namespace cairn::registry::sqlite
