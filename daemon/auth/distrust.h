// What a master makes of rows about identities that it cannot read.
//
// Contract: distrust() puts in the place of each unreadable row what is safe: an access key that is deleted, a shared
// key that is retired, an operator without a role. Of a revocation it gives the wallet: all that is that wallet's is
// void while the row cannot be read. A wrapped key that cannot be read is as if it were not there.
#pragma once

#include <unordered_set>

#include "daemon/registry/identity.h"

namespace cairn::auth {

std::unordered_set<OwnerId> distrust(registry::AuthChanges& changes);

}  // namespace cairn::auth
