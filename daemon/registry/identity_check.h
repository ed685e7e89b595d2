// What a row about identities must be like, for every engine: of what a caller gives, and of what a table holds.
//
// Contract: pure, any thread. Each gives what is wrong with the row in words that begin with the field's name, nullopt
// when nothing is. Engines answer Errc::invalid with it for a caller's row and Errc::corrupt for a stored one. Times
// that the engine gives are not looked at in a caller's row, for they are set before the check.
#pragma once

#include <optional>
#include <string>

#include "daemon/registry/identity.h"

namespace cairn::registry {

using Complaint = std::optional<std::string>;

Complaint wrongWith(const Revocation& row);
Complaint wrongWith(const AccessKeyRow& row);
Complaint wrongWith(const SharedKeyRow& row);
Complaint wrongWith(const WrappedKey& row);
Complaint wrongWith(const OperatorRow& row);
Complaint wrongWith(const Voucher& row);
Complaint wrongWith(const AuditRow& row);
Complaint wrongWith(const AddSharedKey& change);
Complaint wrongWith(const SetAlias& change);
Complaint wrongWith(const Change& change);

/// "0x" and 40 lower-case hex digits.
bool isWallet(const OwnerId& wallet);

/// A role as tables have it: "none", "viewer", "operator", "admin".
std::string toText(Role role);
std::optional<Role> roleOf(const std::string& text);

/// Errc::precondition: the change would be none.
Error alreadySo(const RequireCas& change);

/// Why an operator may not be changed so; `standing` are those with a role. A fleet keeps its last admin.
std::optional<Error> objection(const std::vector<OperatorRow>& standing, const OperatorRow& row, bool onlyFirst);

}  // namespace cairn::registry
