#include "common/identity/admins.h"

#include <algorithm>

namespace cairn::identity {
namespace {

constexpr int kAdmin = 3;

/// 0 for none, and for what is no role.
int rankOf(std::string_view role) {
  return role == "admin" ? kAdmin : role == "operator" ? 2 : role == "viewer" ? 1 : 0;
}

}  // namespace

std::optional<AdminHistory::Signed> AdminHistory::read(const AuditRow& row) const {
  auto action = readActionDocument(row.message);
  if (!action || action->fleet != fleet_) return std::nullopt;
  const auto signer = signerOf(*action, row.signature);
  if (!signer) return std::nullopt;
  return Signed{std::move(*action), *signer};
}

void AdminHistory::set(const Address& wallet, std::string_view role) {
  const int rank = rankOf(role);
  now_[wallet] = rank;
  if (rank != kAdmin) return;
  ever_.insert(wallet);
  if (!first_) first_ = wallet;
}

bool AdminHistory::atLeast(const Address& wallet, std::string_view role) const {
  const auto found = now_.find(wallet);
  return found != now_.end() && found->second >= rankOf(role);
}

void AdminHistory::take(const AuditRow& row) {
  if (row.outcome != "done") return;
  if (row.action == "operator.first" && !first_) {
    const auto what = parseJson(row.what);
    const Json* wallet = what ? what->find("wallet") : nullptr;
    if (wallet != nullptr)
      if (auto address = Address::parse(wallet->text)) set(*address, "admin");
    return;
  }
  if (row.action != "operator.claim" && row.action != "operator.set") return;
  const auto told = read(row);
  if (!told) return;
  if (told->action.type->name == "ClaimAdmin" && !first_ && told->action.get<Address>("wallet") == told->signer)
    set(told->signer, "admin");
  if (told->action.type->name != "SetOperator" || !atLeast(told->signer, "admin")) return;
  set(told->action.get<Address>("wallet"), told->action.get<std::string>("role"));
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
