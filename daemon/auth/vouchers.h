// Which receipt keys an admin vouched for.
//
// Contract: thread-safe; borrows the registry. keys() gives every receipt key that the registry lists, by master, with
// the wallets that vouched for it: a voucher counts by its own signature and message, and by its signer's having been
// an admin according to the audit log's signed rows (common/identity/admins.h), of which each call reads those that are
// new. It does not prove the log's chain. Errors are the registry's.
#pragma once

#include <mutex>

#include "common/identity/admins.h"
#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"

namespace cairn::auth {

struct VouchedKey {
  MasterId master;
  Bytes publicKey;
  std::vector<OwnerId> by;  ///< empty: nobody vouched for it
};

class Vouchers {
 public:
  Vouchers(registry::Registry& registry, std::string fleet)
      : registry_(registry), fleet_(std::move(fleet)), known_{0, identity::AdminHistory(fleet_)} {}
  Task<Result<std::vector<VouchedKey>>> keys();

 private:
  struct Known {
    std::uint64_t sequence;
    identity::AdminHistory admins;
  };
  Task<Result<identity::AdminHistory>> admins();

  registry::Registry& registry_;
  const std::string fleet_;
  std::mutex mutex_;
  Known known_;  // guarded by mutex_
};

}  // namespace cairn::auth
