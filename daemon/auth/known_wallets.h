// Whom a fleet knows: operators, and owners of buckets. Anybody can make wallets; what costs something or stays for
// good is measured out to strangers together.
//
// Contract: thread-safe; borrows what it is given. knows() asks the registry unless the wallet is an operator; errors
// are the registry's.
#pragma once

#include "daemon/auth/identity_view.h"
#include "daemon/registry/registry.h"

namespace cairn::auth {

class KnownWallets {
 public:
  KnownWallets(const IdentityView& view, registry::Registry& registry) : view_(view), registry_(registry) {}

  Task<Result<bool>> knows(OwnerId wallet) const {
    if (view_.role(wallet) != registry::Role::none) co_return true;
    auto buckets = co_await registry_.list(std::move(wallet));
    if (!buckets) co_return buckets.error();
    co_return !buckets->empty();
  }

 private:
  const IdentityView& view_;
  registry::Registry& registry_;
};

}  // namespace cairn::auth
