// Signatures of contract wallets (EIP-1271): whether a contract says that it signed, asked of an Ethereum node.
//
// Contract: thread-safe. check() succeeds when there is a contract at the address and its isValidSignature(bytes32,
// bytes) answers 0x1626ba7e for the digest and the signature. It fails with token_refused where there is no contract,
// or it answers anything else or reverts, and with unavailable when the node cannot be asked, is asked too much
// (kMostAtOnce questions at a time, of which kMostOfStrangers about wallets that neither `known` knows nor a contract
// here said yes for before, and kMostOfOne about one wallet, since a signature that is yet to be judged may name any)
// or gives an answer that is none. A question that is in flight is not asked again. An answer is remembered for
// kRemembered, by wallet, digest and signature, so what a wallet's owners change holds after that. Whoever calls has
// checked all that can be checked without asking. `ask` sends one JSON-RPC request and bounds the time and the size of
// its answer; its errors may hold nothing secret. Source: EIP-1271; Ethereum JSON-RPC API, eth_getCode and eth_call.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "common/identity/address.h"
#include "daemon/auth/failure.h"
#include "daemon/rt/async.h"
#include "daemon/rt/clock.h"

namespace cairn::auth {

class ContractWallets {
 public:
  static constexpr Duration kRemembered = std::chrono::seconds(20);
  static constexpr int kMostAtOnce = 8, kMostOfStrangers = 4, kMostOfOne = 2;
  using Ask = std::function<Task<Result<std::string>>(std::string)>;
  /// Asked only while strangers hold all that they may; an error counts as no.
  using Known = std::function<Task<Result<bool>>(OwnerId)>;

  ContractWallets(Clock& clock, Ask ask, Known known)
      : clock_(clock), node_(std::move(ask)), known_(std::move(known)) {}

  Task<AuthStatus> check(identity::Address wallet, identity::Digest digest, Bytes signature);

 private:
  struct Answer {
    bool good = false;
    Duration until{};
  };
  using Question = std::array<std::uint8_t, 32>;
  /// A question in flight; its end gives the place back.
  using Place = std::shared_ptr<void>;
  std::optional<bool> remembered(const Question& question);
  void remember(const Question& question, const identity::Address& wallet, bool good);
  Task<Result<bool>> ask(Question question, identity::Address wallet, identity::Digest digest, Bytes signature);
  Task<Result<bool>> askTogether(Question question, identity::Address wallet, identity::Digest digest, Bytes signature);
  /// Null when there is none.
  Task<Place> enter(identity::Address wallet);
  Place place(const identity::Address& wallet, bool stranger);
  /// Whether the contract says yes.
  Task<Result<bool>> judge(const identity::Address& wallet, const identity::Digest& digest, const Bytes& signature);
  /// The result of one call, "0x..."; nullopt when the contract reverted.
  Task<Result<std::optional<std::string>>> call(std::string method, std::string parameters);

  static constexpr std::size_t kMostRemembered = 4096;
  Clock& clock_;
  Ask node_;
  Known known_;
  std::mutex mutex_;
  // Guarded by mutex_:
  std::map<Question, Answer> answers_;
  std::set<identity::Address> seen_;  ///< whose contracts said yes
  int asking_ = 0, strangers_ = 0, looking_ = 0;
  std::map<identity::Address, int> askingAbout_;
  std::map<Question, std::vector<OneShot<Result<bool>>>> together_;  ///< who waits for one and the same
};

}  // namespace cairn::auth
