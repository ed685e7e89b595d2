// Grants as this master takes them: verified once, then remembered; revocations and counts looked after.
//
// Contract: thread-safe. verify() does no I/O: some 60 us for a grant never seen, a few for one seen before. use()
// asks an Ethereum node where only the grantor's contract can have signed, counts one use in the registry where the
// grant has a count, and must succeed before anything is done or answered
// that the grant is for; a use whose outcome is unknown is refused and may have been counted, so that there are never
// more than the grant says. Everything is keyed on the EIP-712 digest. AuthFailure::unavailable while revocations are
// older than two seconds or the registry cannot be asked. No message holds the grant's text.
#pragma once

#include "common/identity/grant.h"
#include "daemon/auth/contract_wallets.h"
#include "daemon/auth/failure.h"
#include "daemon/auth/identity_view.h"
#include "daemon/auth/text_cache.h"

namespace cairn::auth {

struct VerifiedGrant {
  identity::Grant grant;
  identity::Digest digest{}, ownRevocation{};
  OwnerId grantor;                               ///< the wallet's address in lower case
  std::optional<OwnerId> grantee;                ///< nullopt: whoever has it
  std::shared_ptr<const identity::Scope> scope;  ///< what it allows
  Bytes byContract;                              ///< the signature that the grantor's contract has to judge; or empty

  /// Whether use() has something to ask.
  bool asks() const { return grant.count != 0 || !byContract.empty(); }
  /// Names it in logs and gives nothing of it away.
  std::string name() const { return toHex(BytesView(digest).first(8)); }
};
using VerifiedGrantPtr = std::shared_ptr<const VerifiedGrant>;

class Grants {
 public:
  /// Without `contracts`, contract wallets are refused.
  Grants(const IdentityView& view, registry::IdentityRegistry& registry, Clock& clock, std::string fleet,
         ContractWallets* contracts = nullptr);

  AuthResult<VerifiedGrantPtr> verify(std::string_view text, Timestamp now);
  Task<AuthStatus> use(VerifiedGrantPtr grant);

 private:
  /// In time, and not revoked as far as a fresh view knows.
  AuthStatus current(const VerifiedGrant& grant, Timestamp now) const;
  AuthResult<VerifiedGrantPtr> read(std::string_view text, Timestamp now);

  const IdentityView& view_;
  registry::IdentityRegistry& registry_;
  Clock& clock_;
  std::string fleet_;
  ContractWallets* contracts_;
  TextCache<const VerifiedGrant> seen_{16U << 20};
};

}  // namespace cairn::auth
