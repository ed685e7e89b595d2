#include "daemon/auth/actions.h"

#include <algorithm>

#include "common/identity/grant.h"
#include "common/identity/own_revocation.h"
#include "common/identity/token.h"
#include "daemon/registry/identity_check.h"

namespace cairn::auth {
namespace {

using identity::Action;
using identity::Address;
using registry::Change;
using registry::Role;

struct Asked {
  const Action& action;
  const OwnerId& signer;
  BytesView signature;
  const IdentityView& view;
  std::int64_t now;

  OwnerId wallet() const { return OwnerId(action.get<Address>("wallet").lowerCase()); }
  const std::string& text(std::string_view field) const { return action.get<std::string>(field); }
  Effect effect(Change change) const { return {std::move(change), parametersOf(action)}; }
};

Status aboutItself(const Asked& a) {
  if (a.wallet() == a.signer) return {};
  return fail(Errc::invalid,
              "parameter wallet: a wallet says this of itself alone, and " + a.signer.get() +
                  " signed it; if that is not your wallet, you signed something else than what is asked");
}

Result<Effect> claimAdmin(const Asked& a) {
  if (auto s = aboutItself(a); !s) return s.error();
  return a.effect(registry::SetOperator{{a.wallet(), Role::admin, OwnerId(), {}}, true});
}

Result<Effect> setOperator(const Asked& a) {
  const auto role = registry::roleOf(a.text("role"));
  if (!role) return fail(Errc::invalid, "parameter role: it is none of none, viewer, operator, admin");
  return a.effect(registry::SetOperator{{a.wallet(), *role, a.signer, {}}, false});
}

Result<Effect> revokeTokens(const Asked& a) {
  const auto upTo = static_cast<std::int64_t>(a.action.get<std::uint64_t>("upTo"));
  if (upTo > a.now + identity::kMostAhead)
    return fail(Errc::invalid, "parameter upTo: it lies more than " + std::to_string(identity::kMostAhead) +
                                   " s ahead; a revocation is never taken back");
  return a.effect(registry::Revocation{a.wallet(), upTo});
}

Result<Effect> revokeOwnTokens(const Asked& a) {
  if (auto s = aboutItself(a); !s) return s.error();
  return revokeTokens(a);
}

/// When no grant can live any more that there is now.
std::int64_t endOfGrants(const Asked& a) {
  return a.now + identity::kMostGrantLife + identity::kMostAhead;
}

/// Kept at least as long as any grant can still live, whatever end was named: a mark that is dropped gives the grant
/// back.
Result<Effect> revokeGrant(const Asked& a) {
  const auto named = static_cast<std::int64_t>(a.action.get<std::uint64_t>("until"));
  const auto until = std::clamp(named, endOfGrants(a), INT64_MAX / 1000);
  return a.effect(registry::RevokeGrant{a.action.get<identity::Digest>("grant"), Timestamp(until * 1000)});
}

/// The mark names the wallet, too, so that it voids no other's grant of that digest.
Result<Effect> revokeOwnGrant(const Asked& a) {
  if (auto s = aboutItself(a); !s) return s.error();
  const auto mark = identity::ownRevocation(a.action.get<Address>("wallet"), a.action.get<identity::Digest>("grant"));
  return a.effect(registry::RevokeGrant{mark, Timestamp(endOfGrants(a) * 1000)});
}

Result<Effect> setAccessKeyEnabled(const Asked& a) {
  return a.effect(registry::SetAccessKeyEnabled{a.text("id"), a.action.get<bool>("enabled")});
}
Result<Effect> deleteAccessKey(const Asked& a) {
  return a.effect(registry::DeleteAccessKey{a.text("id")});
}

Result<Effect> rotateSharedKey(const Asked& a) {
  const std::string& purpose = a.text("purpose");
  if (purpose != kSessionKey && purpose != kNonceKey && purpose != kAccessKeyKey)
    return fail(Errc::invalid,
                "parameter purpose: it is none of session, nonce, access-key; a secret for jwt is made by "
                "`cairnd key rotate jwt`, which shows it");
  auto made = a.view.newKey(purpose);
  std::string what = R"({"purpose":)" + quoteJson(purpose) + R"(,"id":)" + quoteJson(made.key.id) + "}";
  return Effect{std::move(made), std::move(what)};
}
Result<Effect> retireSharedKey(const Asked& a) {
  return a.effect(registry::RetireSharedKey{a.text("id")});
}

Result<Effect> vouchMaster(const Asked& a) {
  const Bytes& key = a.action.get<Bytes>("publicKey");
  if (!identity::parsePublicKey(key))
    return fail(Errc::invalid, "parameter publicKey: it is no compressed secp256k1 key of 33 bytes");
  return a.effect(
      registry::Voucher{MasterId(a.text("master")), key, a.signer, documentOf(a.action), toBytes(a.signature), {}});
}

/// To nobody when owner and bucket are empty.
Result<Effect> setAlias(const Asked& a) {
  const std::string &owner = a.text("owner"), &bucket = a.text("bucket");
  if (owner.empty() != bucket.empty())
    return fail(Errc::invalid, "parameters owner and bucket: both, or neither to take the name from whoever has it");
  registry::SetAlias set{BucketName(a.text("name")), std::nullopt, a.signer};
  if (!owner.empty()) set.bucket = BucketId{OwnerId(owner), BucketName(bucket)};
  return a.effect(std::move(set));
}

struct Row {
  std::string_view action;
  Result<Effect> (*effect)(const Asked&);
};

constexpr Row kRows[] = {
    {"ClaimAdmin", claimAdmin},
    {"SetOperator", setOperator},
    {"RevokeTokens", revokeTokens},
    {"RevokeGrant", revokeGrant},
    {"RevokeOwnTokens", revokeOwnTokens},
    {"RevokeOwnGrant", revokeOwnGrant},
    {"SetAccessKeyEnabled", setAccessKeyEnabled},
    {"DeleteAccessKey", deleteAccessKey},
    {"RotateSharedKey", rotateSharedKey},
    {"RetireSharedKey", retireSharedKey},
    {"VouchMaster", vouchMaster},
    {"SetAlias", setAlias},
};

}  // namespace

Role leastRole(const Action& action) {
  return registry::roleOf(std::string(action.type->least)).value_or(Role::none);
}

bool isOwn(const Action& action) {
  return action.type->least.empty() && action.type->name != "ClaimAdmin";
}

Result<Effect> effectOf(const Action& action, const OwnerId& signer, BytesView signature, const IdentityView& view,
                        std::int64_t now) {
  const auto* row = std::ranges::find(kRows, action.type->name, &Row::action);
  CAIRN_ASSERT(row != std::end(kRows));
  return row->effect({action, signer, signature, view, now});
}

}  // namespace cairn::auth
