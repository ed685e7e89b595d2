// A row of the audit log as doors that speak JSON give it.
//
// Contract: pure, any thread.
#pragma once

#include "common/api/messages.h"
#include "common/identity/audit.h"

namespace cairn::api {

inline AuditRow auditRow(const identity::AuditRow& row) {
  return {row.sequence, row.at,   row.who,     row.action,          row.what,       toHex(row.signature),
          row.message,  row.from, row.outcome, toHex(row.previous), toHex(row.hash)};
}

}  // namespace cairn::api
