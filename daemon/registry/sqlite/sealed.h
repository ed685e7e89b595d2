// A registry file that was moved to a server: sealed, so that nothing of it is taken for current or written again.
//
// Contract: the seal is written in one transaction with the last look at the file, so that no change lies between them.
// notSealed() says Errc::unavailable and where the registry went; what was read before it, in the same transaction or
// an earlier one, was current then. The seal is SQLite's user_version, which every program of this version asks for,
// and triggers that refuse root pointers to those that do not.
#pragma once

#include <optional>

#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

Status notSealed(Connection& connection);
/// Where to; nullopt: it was not moved.
Result<std::optional<std::string>> sealedTo(Connection& connection);
/// Both within a transaction of the caller's.
Status seal(Connection& connection, const std::string& destination);
Status unseal(Connection& connection);

}  // namespace cairn::registry::sqlite
