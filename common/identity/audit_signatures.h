// Whether the audit log's rows are what wallets signed; docs/formats/audit.md.
//
// Contract: values, offline, one thread at a time. check() is given rows in order, each after verifyAudit() found the
// chain good up to it, and names the first that fails (FaultKind::forged). A row with a signature holds when its typed
// action, made anew from what the row says was done, is the message beside it, the wallet that it names signed that
// message for this fleet, the message stands in no earlier row, its time is the row's within kMostApart seconds, and,
// where it is done, the signer had the role for it by the signed rows before. A row without one holds unless it is a
// wallet's, or tells of what only wallets do. After a fault the state is that of the row before. What none of this
// shows: a first admin whose row was written by somebody else (compare firstAdmin()), rows of commands on a master's
// machine, which nobody signs, and rows that were left out.
#pragma once

#include "common/identity/admins.h"

namespace cairn::identity {

class AuditSignatures {
 public:
  /// What the clocks of masters and of the registry may be apart.
  static constexpr std::int64_t kMostApart = 24 * 3600;

  explicit AuditSignatures(std::string fleet) : fleet_(fleet), history_(std::move(fleet)) {}

  std::optional<AuditFault> check(const AuditRow& row);
  std::uint64_t signedRows() const { return seen_.size(); }
  const std::optional<Address>& firstAdmin() const { return history_.first(); }

 private:
  Status checkUnsigned(const AuditRow& row) const;
  Status checkSigned(const AuditRow& row);
  Status checkSigner(const AuditRow& row, const Action& action) const;

  std::string fleet_;
  AdminHistory history_;
  std::map<Digest, std::uint64_t> seen_;  ///< messages, and their rows
};

}  // namespace cairn::identity
