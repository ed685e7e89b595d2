#include "daemon/auth/wallet_tokens.h"

#include <algorithm>

#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

using identity::Digest;
using identity::TokenFault;

constexpr std::size_t kStamped = 16;
constexpr std::string_view kStamp = "cairn challenge";

/// A challenge: 8 bytes until when (seconds, big endian), 8 random ones, and 16 of a MAC over them.
Sha256Digest stampOf(const SealKey& key, BytesView stamped) {
  Bytes message = toBytes(asBytes(kStamp));
  append(message, stamped);
  return hmacSha256(key.bytes(), message);
}

}  // namespace

AuthError fromToken(const identity::TokenError& error) {
  const bool late = error.fault == TokenFault::expired;
  return refuse(late ? AuthFailure::token_expired : AuthFailure::token_refused, error.message);
}

WalletTokens::WalletTokens(const IdentityView& view, registry::IdentityRegistry& registry, Clock& clock, Random& random,
                           std::string fleet, ContractWallets* contracts)
    : view_(view),
      registry_(registry),
      clock_(clock),
      random_(random),
      fleet_(std::move(fleet)),
      contracts_(contracts) {}

AuthStatus WalletTokens::current(const WalletToken& token, Timestamp now) const {
  if (auto s = identity::checkTimes(token.token, now.get() / 1000); !s) return fromToken(s.error());
  if (!view_.fresh()) return stale();
  if (view_.revoked(token.owner, token.token.issued))
    return refuse(AuthFailure::token_refused, "The token was revoked.");
  return {};
}

AuthResult<WalletTokenPtr> WalletTokens::verify(std::string_view text, Timestamp now) {
  WalletTokenPtr token = seen_.find(text);
  if (!token) {
    auto fresh = read(text, now);
    if (!fresh) return fresh.error();
    token = std::move(*fresh);
  }
  if (auto s = current(*token, now); !s) return s.error();
  return token;
}

/// Only what this fleet asked for, or version 1, is worth remembering: anybody can make keys and sign.
AuthResult<WalletTokenPtr> WalletTokens::read(std::string_view text, Timestamp now) {
  auto read = identity::readToken(text, contracts_ ? identity::Signers::contracts_too : identity::Signers::keys);
  if (!read) return fromToken(read.error());
  if (auto s = identity::checkFleet(read->token, fleet_); !s) return fromToken(s.error());
  if (auto s = identity::checkTimes(read->token, now.get() / 1000); !s) return fromToken(s.error());
  const bool challenged = read->token.version == 2;
  if (challenged && !challengeEnd(read->token.nonce)) {
    if (!view_.fresh()) return stale();
    return refuse(AuthFailure::token_refused, "The token's nonce is no challenge of this fleet; ask a master for one.");
  }
  const auto byKey = identity::checkSigner(*read);
  if (!byKey && (contracts_ == nullptr || !challenged)) return fromToken(byKey.error());
  auto token = std::make_shared<WalletToken>();
  if (!byKey) token->byContract = std::move(read->signature.bytes);
  token->owner = OwnerId(read->token.wallet.lowerCase());
  token->digest = read->digest;
  if (challenged) token->scope = std::make_shared<identity::Scope>(std::exchange(read->token.scope, {}));
  token->nonce = challenged ? WalletToken::Nonce::unasked : WalletToken::Nonce::bound;
  token->token = std::move(read->token);
  return seen_.insert(text, std::string(asText(token->digest)), std::move(token));
}

Task<AuthStatus> WalletTokens::admit(WalletTokenPtr token) {
  if (admitted(*token)) co_return AuthStatus();
  const AuthError taken = refuse(AuthFailure::token_refused,
                                 "The token's challenge ran out before it was used, or another token was made with it; "
                                 "ask a master for a new one.");
  if (token->nonce.load() == WalletToken::Nonce::refused) co_return taken;
  if (!token->byContract.empty()) {
    // Before the nonce: who did not sign binds nothing.
    auto judged = co_await contracts_->check(token->token.wallet, token->digest, token->byContract);
    if (!judged) co_return judged.error();
    if (token->nonce.load() == WalletToken::Nonce::bound) co_return current(*token, clock_.now());
  }
  const auto end = challengeEnd(token->token.nonce);
  if (!end) co_return stale();
  // A challenge that nobody has answered in time is given away to nobody, so that it stays unanswered.
  const Digest wanted = *end < clock_.now().get() / 1000 ? Digest{} : token->digest;
  const Timestamp until((token->token.expires + identity::kMostAhead) * 1000);
  auto bound = co_await registry_.bindNonce(token->token.nonce, wanted, until);
  if (!bound)
    co_return refuse(AuthFailure::unavailable, "The registry cannot be asked about the token's nonce; try again.");
  if (bound->digest != token->digest) {
    token->nonce = WalletToken::Nonce::refused;
    co_return taken;
  }
  token->nonce = WalletToken::Nonce::bound;
  // The registry may have taken its time.
  co_return current(*token, clock_.now());
}

Result<Digest> WalletTokens::challenge(Timestamp now) const {
  Digest nonce;
  const std::int64_t end = now.get() / 1000 + kChallengeLife.count();
  for (std::size_t i = 0; i < 8; ++i) nonce[i] = static_cast<std::uint8_t>(end >> (56 - 8 * i));
  random_.fill(std::span(nonce).subspan(8, 8));
  const bool made = view_.withNewest(kNonceKey, [&](const std::string&, const SealKey& key) {
    const auto stamp = stampOf(key, BytesView(nonce).first(kStamped));
    std::copy_n(stamp.begin(), kStamped, nonce.begin() + kStamped);
  });
  if (!made) return fail(Errc::unavailable, "this master has none of the fleet's shared keys yet");
  return nonce;
}

std::optional<std::int64_t> WalletTokens::challengeEnd(const Digest& nonce) const {
  bool good = false;
  view_.withEach(kNonceKey, [&](const SealKey& key) {
    const auto stamp = stampOf(key, BytesView(nonce).first(kStamped));
    good = good || sameSecret(BytesView(stamp).first(kStamped), BytesView(nonce).last(kStamped));
  });
  if (!good) return std::nullopt;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < 8; ++i) end = end << 8 | nonce[i];
  return end;
}

}  // namespace cairn::auth
