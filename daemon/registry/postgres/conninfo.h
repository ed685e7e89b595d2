// Connection strings: libpq's, taken apart into one set of keywords a host.
//
// Contract: pure. libpq connects without blocking, but then has no timeout and cannot give up on one host of several;
// so each host is tried by itself, and with target_session_attrs=read-write unless the string says otherwise. Errors
// and describe() never hold a password.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace cairn::registry::postgres {

using Keywords = std::map<std::string, std::string>;

/// One a host, in order; never empty. Errc::invalid says what is wrong.
Result<std::vector<Keywords>> parseConninfo(const std::string& url);
/// "host:port/database as user", for people.
std::string describe(const Keywords& keywords);

}  // namespace cairn::registry::postgres
