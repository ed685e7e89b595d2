#include "daemon/auth/distrust.h"

namespace cairn::auth {

std::unordered_set<OwnerId> distrust(registry::AuthChanges& changes) {
  std::unordered_set<OwnerId> wallets;
  for (const registry::UnreadableRow& row : changes.unreadable) {
    if (row.table == "revocations") {
      wallets.insert(OwnerId(row.key));
    } else if (row.table == "access_keys") {
      registry::AccessKeyRow gone;
      gone.id = row.key;
      gone.deleted = true;
      changes.accessKeys.push_back(std::move(gone));
    } else if (row.table == "shared_keys") {
      registry::SharedKeyRow closed;
      closed.id = row.key;
      closed.retired = true;
      changes.sharedKeys.push_back(std::move(closed));
    } else if (row.table == "operators") {
      changes.operators.push_back({OwnerId(row.key), registry::Role::none, {}, {}});
    }
  }
  return wallets;
}

}  // namespace cairn::auth
