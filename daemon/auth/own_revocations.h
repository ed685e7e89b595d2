// Wallets that void what they signed themselves: RevokeOwnTokens and RevokeOwnGrant (docs/formats/action.md).
//
// Contract: thread-safe; borrows what it is given. act() takes an action that isOwn(), and voids what its signer, and
// nobody else, signed: tokens and grants issued up to a moment, or his grant of that digest. It gives the audit row;
// where this master knows that it is void already, a row with sequence 0 and outcome "stands" that was written nowhere.
// How many rows there can be is bounded in the registry, for the fleet together: kMostADay a day for each wallet, and
// kStrangersADay for all those that own no bucket and are no operators. Errc::denied beyond that, until the next day
// (UTC); Errc::invalid for parameters that make no sense or name another wallet than the signer; Errc::already_exists
// for a nonce that another message used; Errc::unavailable also for an unknown outcome: the same message may be sent
// again.
#pragma once

#include "daemon/auth/known_wallets.h"
#include "daemon/auth/operators.h"

namespace cairn::auth {

class OwnRevocations {
 public:
  static constexpr std::uint64_t kMostADay = 20, kStrangersADay = 1000;

  OwnRevocations(registry::Registry& registry, const Operators& operators, const KnownWallets& known,
                 std::uint64_t strangersADay = kStrangersADay)
      : registry_(registry), operators_(operators), known_(known), strangersADay_(strangersADay) {}

  Task<Result<registry::AuditRow>> act(VerifiedAction action, std::string from);
  const Operators& operators() const { return operators_; }

 private:
  /// Whether there is nothing left to do, as far as this master knows.
  bool stands(const registry::Change& change) const;
  Task<Status> count(OwnerId wallet);
  Task<Result<bool>> countOne(std::string_view whose, std::int64_t day, std::uint64_t most);

  registry::Registry& registry_;
  const Operators& operators_;
  const KnownWallets& known_;
  const std::uint64_t strangersADay_;
  std::atomic<std::int64_t> strangersFull_{-1};  ///< the day on which there is no room for strangers any more
};

}  // namespace cairn::auth
