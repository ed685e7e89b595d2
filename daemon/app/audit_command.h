// `cairnd audit verify` and `cairnd audit list`: the audit log from a registry file, without a daemon.
//
// Contract: nothing in the log is changed; a registry of an older Cairn is migrated as `serve` would. Verifying answers
// `good` = false when a row is forged (by its hash, or by its wallet's signature), missing, doubled or reordered, and
// names the first; also when `expect` names a row that is not there or has another hash, which is how rows cut off at
// the end show. Listed texts are made printable: whoever wrote them may be hostile to a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/app/status_command.h"

namespace cairn::app {

struct AuditRequest {
  std::string registry;
  std::string expect;      ///< SEQUENCE:HASH, empty: none
  std::uint64_t from = 0;  ///< first sequence listed, 0: so that the newest are
  std::size_t limit = 50;  ///< rows listed
  bool json = false;
};

Result<Report> verifyAuditCommand(const AuditRequest& request);
Result<Report> listAuditCommand(const AuditRequest& request);

}  // namespace cairn::app
