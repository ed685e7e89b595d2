#include "daemon/auth/grants.h"

#include "common/identity/own_revocation.h"
#include "daemon/auth/wallet_tokens.h"

namespace cairn::auth {

Grants::Grants(const IdentityView& view, registry::IdentityRegistry& registry, Clock& clock, std::string fleet,
               ContractWallets* contracts)
    : view_(view), registry_(registry), clock_(clock), fleet_(std::move(fleet)), contracts_(contracts) {}

AuthStatus Grants::current(const VerifiedGrant& grant, Timestamp now) const {
  if (auto s = identity::checkTimes(grant.grant, now.get() / 1000); !s) return fromToken(s.error());
  if (!view_.fresh()) return stale();
  if (view_.grantRevoked(grant.digest) || view_.grantRevoked(grant.ownRevocation) ||
      view_.revoked(grant.grantor, grant.grant.issued))
    return refuse(AuthFailure::token_refused, "The grant was revoked.");
  return {};
}

AuthResult<VerifiedGrantPtr> Grants::verify(std::string_view text, Timestamp now) {
  VerifiedGrantPtr grant = seen_.find(text);
  if (!grant) {
    auto fresh = read(text, now);
    if (!fresh) return fresh.error();
    grant = std::move(*fresh);
  }
  if (auto s = current(*grant, now); !s) return s.error();
  return grant;
}

AuthResult<VerifiedGrantPtr> Grants::read(std::string_view text, Timestamp now) {
  auto read = identity::readGrant(text, contracts_ ? identity::Signers::contracts_too : identity::Signers::keys);
  if (!read) return fromToken(read.error());
  if (auto s = identity::checkFleet(read->grant, fleet_); !s) return fromToken(s.error());
  if (auto s = identity::checkTimes(read->grant, now.get() / 1000); !s) return fromToken(s.error());
  const auto byKey = identity::checkSigner(*read);
  if (!byKey && contracts_ == nullptr) return fromToken(byKey.error());
  auto grant = std::make_shared<VerifiedGrant>();
  if (!byKey) grant->byContract = std::move(read->signature.bytes);
  grant->digest = read->digest;
  grant->ownRevocation = identity::ownRevocation(read->grant.wallet, read->digest);
  grant->grantor = OwnerId(read->grant.wallet.lowerCase());
  if (!read->grant.forAnyone()) grant->grantee = OwnerId(read->grant.grantee.lowerCase());
  grant->scope = std::make_shared<identity::Scope>(read->grant.scope());
  grant->grant = std::move(read->grant);
  return seen_.insert(text, std::string(asText(grant->digest)), VerifiedGrantPtr(std::move(grant)));
}

Task<AuthStatus> Grants::use(VerifiedGrantPtr grant) {
  if (!grant->asks()) co_return AuthStatus();
  if (!grant->byContract.empty()) {
    auto judged = co_await contracts_->check(grant->grant.wallet, grant->digest, grant->byContract);
    if (!judged) co_return judged.error();
    if (grant->grant.count == 0) co_return current(*grant, clock_.now());
  }
  const Timestamp until((grant->grant.expires + identity::kMostAhead) * 1000);
  const auto counted = co_await registry_.useGrant(grant->digest, grant->grant.count, until);
  if (!counted)
    co_return refuse(AuthFailure::unavailable, "The registry cannot be asked how often the grant was used; try again.");
  if (!*counted) co_return refuse(AuthFailure::token_refused, "The grant is used up.");
  // The registry may have taken its time.
  co_return current(*grant, clock_.now());
}

}  // namespace cairn::auth
