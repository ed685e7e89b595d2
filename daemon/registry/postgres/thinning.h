// Thinning of the history on PostgreSQL: the statements.
//
// Contract: as records.h. thin() is Registry::thin(), inside a transaction.
#pragma once

#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

Task<Result<void>> thin(Transaction& transaction, Thinned range, Duration leastAge);
Call thinnedCall(const BucketId& bucket, Version from, std::size_t limit);
std::vector<Thinned> takeThinned(const Rows& rows, const BucketId& bucket);

}  // namespace cairn::registry::postgres
