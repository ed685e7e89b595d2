// Who has what role and who ever was an admin, by what admins signed; and vouchers for masters' receipt keys.
//
// Contract: values, offline, one thread at a time. An AdminHistory is given the audit log's rows in order
// (verifyAudit() says whether they are a whole log) and takes none at its word but the first admin's: a role counts
// when its message is an action of this fleet, signed by one who was an admin at that row. The first is named by a
// command on a master's machine ("operator.first") or claimed the fleet with a message of his own ("operator.claim").
// voucherSigner() gives the wallet that signed that `key` is this master's; Errc::corrupt, with the reason, for
// anything else.
#pragma once

#include <set>

#include "common/identity/action.h"
#include "common/identity/audit.h"

namespace cairn::identity {

class AdminHistory {
 public:
  explicit AdminHistory(std::string fleet) : fleet_(std::move(fleet)) {}
  void take(const AuditRow& row);
  bool everAdmin(const Address& wallet) const { return ever_.contains(wallet); }
  /// Who was named or claimed the fleet; nullopt before.
  const std::optional<Address>& first() const { return first_; }
  /// Whether the wallet has this role ("viewer", "operator", "admin") or a greater one now.
  bool atLeast(const Address& wallet, std::string_view role) const;

 private:
  struct Signed {
    Action action;
    Address signer;
  };
  std::optional<Signed> read(const AuditRow& row) const;
  void set(const Address& wallet, std::string_view role);

  std::string fleet_;
  std::map<Address, int> now_;  ///< who has what role, by its rank
  std::set<Address> ever_;      ///< admins
  std::optional<Address> first_;
};

Result<Address> voucherSigner(std::string_view message, BytesView signature, std::string_view fleet,
                              const MasterId& master, BytesView key);

}  // namespace cairn::identity
