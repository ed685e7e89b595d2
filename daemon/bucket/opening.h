// What the audit log keeps of an owner who opens a bucket to everybody, or closes it.
//
// Contract: thread-safe, no state. noteOpening() comes after the commit, whose `failure` it is given, and fails nobody:
// a row that cannot be appended becomes a line of the log. What certainly did not happen leaves no row.
#pragma once

#include "daemon/bucket/service.h"

namespace cairn::bucket {

Task<void> noteOpening(registry::IdentityRegistry& identities, registry::AuditRow row, std::optional<Failure> failure);

}  // namespace cairn::bucket
