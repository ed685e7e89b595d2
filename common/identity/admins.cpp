#include "common/identity/admins.h"

#include <algorithm>

namespace cairn::identity {
namespace {

Result<Address> signerOf(const Action& action, BytesView signature) {
  const auto parsed = RecoverableSignature::parse(signature, VPolicy::only_27_28);
  if (!parsed) return fail(Errc::corrupt, "its signature is none: " + std::string(explain(parsed.error())));
  const auto signer = parsed->recover(digestOf(action));
  if (!signer) return fail(Errc::corrupt, "its signature is none: " + std::string(explain(signer.error())));
  return *signer;
}

}  // namespace

std::optional<AdminHistory::Signed> AdminHistory::read(const AuditRow& row) const {
  auto action = readActionDocument(row.message);
  if (!action || action->fleet != fleet_) return std::nullopt;
  const auto signer = signerOf(*action, row.signature);
  if (!signer) return std::nullopt;
  return Signed{std::move(*action), *signer};
}

void AdminHistory::add(const Address& wallet) {
  now_.insert(wallet);
  ever_.insert(wallet);
}

void AdminHistory::take(const AuditRow& row) {
  if (row.outcome != "done") return;
  if (row.action == "operator.first" && ever_.empty()) {
    const auto what = parseJson(row.what);
    const Json* wallet = what ? what->find("wallet") : nullptr;
    if (wallet != nullptr)
      if (auto address = Address::parse(wallet->text)) add(*address);
    return;
  }
  if (row.action != "operator.claim" && row.action != "operator.set") return;
  const auto told = read(row);
  if (!told) return;
  if (told->action.type->name == "ClaimAdmin" && ever_.empty() && told->action.get<Address>("wallet") == told->signer)
    add(told->signer);
  if (told->action.type->name != "SetOperator" || !now_.contains(told->signer)) return;
  const Address& wallet = told->action.get<Address>("wallet");
  if (told->action.get<std::string>("role") == "admin")
    add(wallet);
  else
    now_.erase(wallet);
}

Result<Address> voucherSigner(std::string_view message, BytesView signature, std::string_view fleet,
                              const MasterId& master, BytesView key) {
  const auto action = readActionDocument(message);
  if (!action) return fail(Errc::corrupt, "its message is none: " + action.error().message);
  if (action->type->name != "VouchMaster" || action->fleet != fleet ||
      action->get<std::string>("master") != master.get() || !std::ranges::equal(action->get<Bytes>("publicKey"), key))
    return fail(Errc::corrupt, "its message is for another fleet, master or key");
  return signerOf(*action, signature);
}

}  // namespace cairn::identity
