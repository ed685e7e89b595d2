// Signatures of contract wallets (EIP-1271): whether a contract says that it signed, asked of an Ethereum node.
//
// Contract: thread-safe. check() succeeds when there is a contract at the address and its isValidSignature(bytes32,
// bytes) answers 0x1626ba7e for the digest and the signature. It fails with token_refused where there is no contract,
// or it answers anything else or reverts, and with unavailable when the node cannot be asked, is asked too much
// (kMostAtOnce questions at a time) or gives an answer that is none. An answer is remembered for kRemembered, by
// wallet, digest and signature, so what a wallet's owners change holds after that. Whoever calls has checked all that
// can be checked without asking. `ask` sends one JSON-RPC request and bounds the time and the size of its answer; its
// errors may hold nothing secret. Source: EIP-1271; Ethereum JSON-RPC API, eth_getCode and eth_call.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "common/identity/address.h"
#include "daemon/auth/failure.h"
#include "daemon/rt/async.h"
#include "daemon/rt/clock.h"

namespace cairn::auth {

class ContractWallets {
 public:
  static constexpr Duration kRemembered = std::chrono::seconds(20);
  static constexpr int kMostAtOnce = 8;
  using Ask = std::function<Task<Result<std::string>>(std::string)>;

  ContractWallets(Clock& clock, Ask ask) : clock_(clock), ask_(std::move(ask)) {}

  Task<AuthStatus> check(identity::Address wallet, identity::Digest digest, Bytes signature);

 private:
  struct Answer {
    bool good = false;
    Duration until{};
  };
  using Question = std::array<std::uint8_t, 32>;
  std::optional<bool> remembered(const Question& question);
  void remember(const Question& question, bool good);
  /// Whether the contract says yes.
  Task<Result<bool>> judge(const identity::Address& wallet, const identity::Digest& digest, const Bytes& signature);
  /// The result of one call, "0x..."; nullopt when the contract reverted.
  Task<Result<std::optional<std::string>>> call(std::string method, std::string parameters);

  static constexpr std::size_t kMostRemembered = 4096;
  Clock& clock_;
  Ask ask_;
  std::atomic<int> asking_{0};
  std::mutex mutex_;
  std::map<Question, Answer> answers_;
};

}  // namespace cairn::auth
