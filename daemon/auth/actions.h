// What each action of common/identity/action.h does to the fleet, and who may ask for it.
//
// Contract: pure but for effectOf(), which makes new shared keys of the view; any thread. effectOf() has a row for
// every action of the table, and gives what the registry is to change, or Errc::invalid for parameters that no fleet
// could act upon. None looks at signatures or at who has what role: Operators does.
#pragma once

#include "common/identity/action.h"
#include "daemon/auth/identity_view.h"

namespace cairn::auth {

/// Of the signer; Role::none: any wallet, about itself.
registry::Role leastRole(const identity::Action& action);
/// Whether it voids what its signer signed, and needs nobody's leave.
bool isOwn(const identity::Action& action);

struct Effect {
  registry::Change change;
  std::string what;  ///< for the audit row: a JSON object, the action's parameters and what was made
};
/// `signer` and `signature` go into rows that keep them; `now` in seconds since 1970.
Result<Effect> effectOf(const identity::Action& action, const OwnerId& signer, BytesView signature,
                        const IdentityView& view, std::int64_t now);

}  // namespace cairn::auth
