#include "daemon/auth/contract_wallets.h"

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/cid/sha256.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kMagic = "1626ba7e";  ///< also the function's selector
constexpr int kReverted = 3;                     ///< the error code of geth and those that follow it

std::string word(std::uint64_t value) {
  std::string out(64, '0');
  for (std::size_t at = 64; value != 0; value >>= 4) out[--at] = "0123456789abcdef"[value & 15];
  return out;
}

/// isValidSignature(bytes32 digest, bytes signature), as the ABI encodes it.
std::string callData(const identity::Digest& digest, const Bytes& signature) {
  std::string out = "0x" + std::string(kMagic) + toHex(digest) + word(64) + word(signature.size()) + toHex(signature);
  out.append((64 - signature.size() * 2 % 64) % 64, '0');
  return out;
}

bool isRevert(const Json& error) {
  const Json* code = error.find("code");
  const Json* message = error.find("message");
  if (code != nullptr && code->kind == Json::Kind::number && code->number == kReverted) return true;
  return message != nullptr && message->kind == Json::Kind::text &&
         lowered(message->text).find("revert") != std::string::npos;
}

Error noAnswer() {
  return fail(Errc::unavailable, "the Ethereum node gave no answer that can be read");
}

}  // namespace

std::optional<bool> ContractWallets::remembered(const Question& question) {
  std::lock_guard lock(mutex_);
  const auto found = answers_.find(question);
  if (found == answers_.end() || found->second.until <= clock_.steady()) return std::nullopt;
  return found->second.good;
}

void ContractWallets::remember(const Question& question, const identity::Address& wallet, bool good) {
  const Duration now = clock_.steady();
  std::lock_guard lock(mutex_);
  if (answers_.size() >= kMostRemembered)
    std::erase_if(answers_, [now](const auto& a) { return a.second.until <= now; });
  if (answers_.size() >= kMostRemembered) answers_.clear();  // costs those who are in there one question more
  answers_[question] = {good, now + kRemembered};
  if (!good) return;
  if (seen_.size() >= kMostRemembered) seen_.clear();  // they are strangers again, or known otherwise
  seen_.insert(wallet);
}

ContractWallets::Place ContractWallets::place(const identity::Address& wallet, bool stranger) {
  std::lock_guard lock(mutex_);
  const auto about = askingAbout_.find(wallet);
  if (asking_ >= kMostAtOnce || (stranger && strangers_ >= kMostOfStrangers) ||
      (about != askingAbout_.end() && about->second >= kMostOfOne))
    return nullptr;
  ++asking_;
  strangers_ += stranger ? 1 : 0;
  ++askingAbout_[wallet];
  return Place(&asking_, [this, wallet, stranger](void*) {
    std::lock_guard given(mutex_);
    --asking_;
    strangers_ -= stranger ? 1 : 0;
    if (--askingAbout_[wallet] == 0) askingAbout_.erase(wallet);
  });
}

Task<ContractWallets::Place> ContractWallets::enter(identity::Address wallet) {
  bool stranger = true;
  {
    std::lock_guard lock(mutex_);
    stranger = !seen_.contains(wallet);
  }
  if (Place got = place(wallet, stranger); got || !stranger) co_return got;
  {
    std::lock_guard lock(mutex_);
    if (asking_ >= kMostAtOnce || looking_ >= kMostAtOnce) co_return nullptr;
    ++looking_;
  }
  const auto known = co_await known_(OwnerId(wallet.lowerCase()));
  {
    std::lock_guard lock(mutex_);
    --looking_;
  }
  co_return known && *known ? place(wallet, false) : nullptr;
}

Task<Result<std::optional<std::string>>> ContractWallets::call(std::string method, std::string parameters) {
  auto text = co_await node_(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":[)" + parameters +
                             R"(,"latest"]})");
  if (!text) co_return text.error();
  const auto answer = readJson(*text);
  if (!answer || answer->kind != Json::Kind::object) co_return noAnswer();
  if (const Json* error = answer->find("error"); error != nullptr && error->kind == Json::Kind::object) {
    if (isRevert(*error)) co_return std::optional<std::string>();
    co_return fail(Errc::unavailable, "the Ethereum node refused the question");
  }
  const Json* result = answer->find("result");
  if (result == nullptr || result->kind != Json::Kind::text || !result->text.starts_with("0x")) co_return noAnswer();
  co_return std::optional(result->text);
}

Task<Result<bool>> ContractWallets::judge(const identity::Address& wallet, const identity::Digest& digest,
                                          const Bytes& signature) {
  const auto code = co_await call("eth_getCode", quoteJson(wallet.lowerCase()));
  if (!code) co_return code.error();
  if (!*code) co_return noAnswer();
  if (**code == "0x") co_return false;  // no contract: a key's wallet, which did not sign
  const auto said = co_await call(
      "eth_call", R"({"to":")" + wallet.lowerCase() + R"(","data":")" + callData(digest, signature) + R"("})");
  if (!said) co_return said.error();
  co_return *said && **said == "0x" + std::string(kMagic) + std::string(56, '0');
}

Task<Result<bool>> ContractWallets::ask(Question question, identity::Address wallet, identity::Digest digest,
                                        Bytes signature) {
  const Place held = co_await enter(wallet);
  if (!held)
    co_return fail(Errc::unavailable, "Too many contract wallets are being asked about at the moment; try again.");
  const auto judged = co_await judge(wallet, digest, signature);
  if (!judged)
    co_return fail(Errc::unavailable, "It cannot be learnt at the moment whether a contract wallet signed; try again.");
  remember(question, wallet, *judged);
  co_return *judged;
}

/// Many requests may come at once that were signed by one session: they ask once.
Task<Result<bool>> ContractWallets::askTogether(Question question, identity::Address wallet, identity::Digest digest,
                                                Bytes signature) {
  const OneShot<Result<bool>> told;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    auto& waiting = together_.try_emplace(question).first->second;
    first = waiting.empty();
    waiting.push_back(told);
  }
  if (first) {
    Result<bool> answer = fail(Errc::unavailable, "The question was given up; try again.");
    const std::shared_ptr<void> tell(nullptr, [&](void*) {
      std::unique_lock lock(mutex_);
      const auto waiting = together_.extract(question);
      lock.unlock();
      for (const auto& one : waiting.mapped()) one.set(answer);
    });
    answer = co_await ask(question, wallet, digest, std::move(signature));
  }
  co_return co_await told.wait();
}

Task<AuthStatus> ContractWallets::check(identity::Address wallet, identity::Digest digest, Bytes signature) {
  Sha256 hash;
  hash.update(wallet.bytes());
  hash.update(digest);
  hash.update(signature);
  const Question question = hash.finish();
  Result<bool> good = false;
  if (const auto known = remembered(question))
    good = *known;
  else
    good = co_await askTogether(question, wallet, digest, std::move(signature));
  if (!good) co_return refuse(AuthFailure::unavailable, good.error().message);
  if (*good) co_return AuthStatus();
  co_return refuse(AuthFailure::token_refused,
                   "This was signed neither by the key nor by the contract of the wallet that it names, " +
                       wallet.text() + ", or was changed since.");
}

}  // namespace cairn::auth
