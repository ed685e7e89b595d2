// What the server's refusals mean.
//
// Contract: pure. An Answer that is refused or unsent certainly changed nothing, so that most of them are
// Errc::unavailable (try again, here or on another host); a statement that can never succeed says so by its code.
#pragma once

#include "common/base/result.h"
#include "daemon/registry/postgres/session.h"

namespace cairn::registry::postgres {

/// Lost means unavailable here: for calls that may be made twice.
Error errorOf(const Answer& answer, const std::string& doing);
/// A deadlock or a serialization failure: the same again will do.
bool again(const std::string& sqlState);

}  // namespace cairn::registry::postgres
