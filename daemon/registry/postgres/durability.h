// What a server's settings leave to chance.
//
// Contract: pure. durabilityCall() reads the settings as they are in its own session; losesHow() says, for people, how
// a crash or a failover could lose a flip that was acknowledged under them, and what follows from that; empty: it
// cannot. confirmCall(), as a part of a transaction, makes its end wait for the synchronous standby, where there is to
// be one: so an end that comes says that what the transaction saw is on the standby, and that the server was still the
// primary that this standby follows. An old primary whose standby was promoted never ends it.
#pragma once

#include <string>

#include "daemon/registry/postgres/values.h"

namespace cairn::registry::postgres {

extern const char* const kDurability;
Call durabilityCall();
std::string losesHow(const Rows& rows);
Call confirmCall();

}  // namespace cairn::registry::postgres
