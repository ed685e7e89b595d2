// Wallet tokens as this master takes them: verified once, then remembered; revocations and nonces looked after.
//
// Contract: thread-safe. verify() does no I/O: some 60 us for a token never seen, under 2 us for one seen before. What
// it gives may be acted upon only after admit() has let it pass, which asks the registry when a challenge's nonce was
// not yet seen bound by this master, and an Ethereum node when only a
// contract can have signed (version 2); admitted() says that there is nothing to ask. Everything is keyed on the
// EIP-712 digest; texts are only a short cut to it. AuthFailure::unavailable while revocations are older than two
// seconds or the registry cannot be asked.
#pragma once

#include <atomic>

#include "common/identity/token.h"
#include "daemon/auth/contract_wallets.h"
#include "daemon/auth/failure.h"
#include "daemon/auth/identity_view.h"
#include "daemon/auth/text_cache.h"

namespace cairn::auth {

struct WalletToken {
  identity::Token token;
  identity::Digest digest{};
  OwnerId owner;                                 ///< the wallet's address in lower case
  Bytes byContract;                              ///< the signature that the wallet's contract has to judge; or empty
  std::shared_ptr<const identity::Scope> scope;  ///< of version 2; null: everything
  enum class Nonce : std::uint8_t { unasked, bound, refused };
  std::atomic<Nonce> nonce{Nonce::unasked};
};
using WalletTokenPtr = std::shared_ptr<WalletToken>;

class WalletTokens {
 public:
  /// Without `contracts`, contract wallets are refused.
  WalletTokens(const IdentityView& view, registry::IdentityRegistry& registry, Clock& clock, Random& random,
               std::string fleet, ContractWallets* contracts = nullptr);

  AuthResult<WalletTokenPtr> verify(std::string_view text, Timestamp now);
  static bool admitted(const WalletToken& token) {
    return token.nonce.load() == WalletToken::Nonce::bound && token.byContract.empty();
  }
  Task<AuthStatus> admit(WalletTokenPtr token);

  /// A nonce for a version-2 token that is first shown to some master within kChallengeLife.
  static constexpr std::chrono::seconds kChallengeLife{600};
  Result<identity::Digest> challenge(Timestamp now) const;
  const std::string& fleet() const { return fleet_; }

 private:
  /// In time, and not revoked as far as a fresh view knows.
  AuthStatus current(const WalletToken& token, Timestamp now) const;
  AuthResult<WalletTokenPtr> read(std::string_view text, Timestamp now);
  /// Seconds since 1970 until which this fleet's challenge is good; nullopt when it is none of this fleet's.
  std::optional<std::int64_t> challengeEnd(const identity::Digest& nonce) const;

  const IdentityView& view_;
  registry::IdentityRegistry& registry_;
  Clock& clock_;
  Random& random_;
  std::string fleet_;
  ContractWallets* contracts_;
  TextCache<WalletToken> seen_{16U << 20};
};

/// What a refusal of a token is called by S3's doors.
AuthError fromToken(const identity::TokenError& error);

}  // namespace cairn::auth
