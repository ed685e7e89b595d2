// Whether a signed action may be acted upon here and now.
//
// Contract: thread-safe, no I/O. verify() recomputes the message from what was asked, for this fleet, and finds its
// signer: a request that differs in anything from what the wallet signed names some other wallet, which has no role.
// Errors are for whoever asked: Errc::unavailable while the view is not fresh, Errc::denied for a time that is past or
// too far, a malformed or high-s signature, or a signer who is no operator. A signer with too little a role is
// verified and not `allowed`, so that the attempt can be put down to him. The registry looks at the role once more
// when it acts.
#pragma once

#include "daemon/auth/actions.h"

namespace cairn::auth {

struct VerifiedAction {
  identity::Action action;
  identity::Digest digest{};
  identity::RecoverableSignature::Raw signature{};
  OwnerId signer;
  registry::Role role = registry::Role::none;
  bool allowed() const { return role >= leastRole(action); }
  /// For the registry, with the least role that the action asks for.
  registry::Once once() const;
  /// The audit row for it, but for `outcome` and, where that has more in it, `what`.
  registry::AuditRow row(std::string from) const;
};

/// What is said when the registry did not: Errc::unavailable.
Error outcomeUnknown();

class Operators {
 public:
  Operators(const IdentityView& view, Clock& clock, std::string fleet)
      : view_(view), clock_(clock), fleet_(std::move(fleet)) {}

  Result<VerifiedAction> verify(identity::Action action, BytesView signature) const;
  const std::string& fleet() const { return fleet_; }
  const IdentityView& view() const { return view_; }
  std::int64_t now() const { return clock_.now().get() / 1000; }

 private:
  const IdentityView& view_;
  Clock& clock_;
  std::string fleet_;
};

}  // namespace cairn::auth
