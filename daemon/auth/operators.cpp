#include "daemon/auth/operators.h"

namespace cairn::auth {

using registry::Role;

registry::Once VerifiedAction::once() const {
  return {action.nonce, digest, Timestamp(action.expires * 1000), signer, leastRole(action)};
}

registry::AuditRow VerifiedAction::row(std::string from) const {
  registry::AuditRow row;
  row.who = signer.get();
  row.action = action.type->audited;
  row.what = parametersOf(action);
  row.signature = toBytes(signature);
  row.message = documentOf(action);
  row.from = std::move(from);
  return row;
}

Error outcomeUnknown() {
  return fail(Errc::unavailable, "the registry did not say what became of it; send the same message again");
}

Result<VerifiedAction> Operators::verify(identity::Action action, BytesView signature) const {
  if (!view_.fresh())
    return fail(Errc::unavailable, "this master cannot learn at the moment who may do what; try again");
  if (auto s = identity::checkActionTimes(action, now()); !s) return s.error();
  const auto parsed = identity::RecoverableSignature::parse(signature, identity::VPolicy::only_27_28);
  if (!parsed) return fail(Errc::denied, "the signature is refused: " + std::string(explain(parsed.error())));
  VerifiedAction verified;
  verified.digest = identity::digestOf(action);
  const auto signer = parsed->recover(verified.digest);
  if (!signer) return fail(Errc::denied, "the signature is refused: " + std::string(explain(signer.error())));
  verified.signer = OwnerId(signer->lowerCase());
  verified.signature = parsed->bytes();
  verified.role = view_.role(verified.signer);
  verified.action = std::move(action);
  if (verified.role == Role::none && leastRole(verified.action) != Role::none)
    return fail(Errc::denied, "by its signature this was signed by " + signer->text() +
                                  ", which is no operator of fleet " + fleet_ +
                                  ". If that is not your wallet, you signed something else than what is asked: the "
                                  "action, each parameter, the fleet, the nonce and the expiry must be the same");
  return verified;
}

}  // namespace cairn::auth
