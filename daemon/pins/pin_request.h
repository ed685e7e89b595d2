// What a request of the pinning service asks for: a pin in its body, or filters in its query.
//
// Contract: pure, any thread. Refusals are 400 and say which member or parameter is wrong, and how. Limits: a body of
// kMaxBody bytes, a name of 255 characters, 20 origins, 1000 members of meta, 10 CIDs and 1000 results; texts without
// NUL. Members of a body that are not known are ignored, parameters of a query are not: a filter that was misspelled
// would give what was not asked for. Lists in a query may be repeated or separated by commas, as clients of older
// versions do. Source: the IPFS Pinning Service API 1.0.0.
#pragma once

#include "daemon/pins/refusal.h"
#include "daemon/registry/pins.h"

namespace cairn::pins {

inline constexpr std::size_t kMaxBody = 64U << 10;

/// Its id and owner are not in it.
Asked<registry::PinRow> parsePin(std::string_view body);
Asked<registry::PinFilter> parseFilter(std::string_view rawQuery);

/// Whether it is spelled as those that are made here.
bool isRequestId(std::string_view text);

std::string statusJson(const registry::PinRow& row, const std::vector<std::string>& delegates);
std::string resultsJson(const registry::PinPage& page, const std::vector<std::string>& delegates);
std::string failureJson(const Refusal& refusal);

}  // namespace cairn::pins
