// What each action of common/identity/action.h does to the fleet, and who may ask for it.
//
// Contract: pure but for effectOf(), which makes new shared keys of the view; any thread. ruleOf() has a row for every
// action of the table. effectOf() gives what the registry is to change, or Errc::invalid for parameters that no fleet
// could act upon. Neither looks at signatures or at who has what role: Operators does.
#pragma once

#include "common/identity/action.h"
#include "daemon/auth/identity_view.h"

namespace cairn::auth {

struct ActionRule {
  std::string_view action;
  registry::Role least;      ///< of its signer; none: whoever has the claim code
  std::string_view audited;  ///< the audit row's `action`
};
const ActionRule& ruleOf(const identity::Action& action);

struct Effect {
  registry::Change change;
  std::string what;  ///< for the audit row: a JSON object, the action's parameters and what was made
};
/// `signer` and `signature` go into rows that keep them; `now` in seconds since 1970.
Result<Effect> effectOf(const identity::Action& action, const OwnerId& signer, BytesView signature,
                        const IdentityView& view, std::int64_t now);

}  // namespace cairn::auth
