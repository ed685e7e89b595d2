// A master's own counters, from its /metrics.
//
// Contract: parseCounters() is pure: it adds up every series of each name, and a name that is absent counts nothing.
// readCounters() asks one API door; its errors say which. since() is what happened between two readings; a master that
// restarted meanwhile counts from its start. Source: Prometheus text exposition format 0.0.4.
#pragma once

#include <string_view>

#include "daemon/drill/report/report.h"
#include "daemon/http/client.h"

namespace cairn::drill {

Counters parseCounters(std::string_view exposition);
Task<Result<Counters>> readCounters(http::Client& client, http::Endpoint api);
Counters since(const Counters& before, const Counters& after);

}  // namespace cairn::drill
