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
  return refuse(late ? AuthFailure::expired_token : AuthFailure::invalid_token, error.message);
}

WalletTokens::WalletTokens(const IdentityView& view, registry::IdentityRegistry& registry, Random& random,
                           std::string fleet)
    : view_(view), registry_(registry), random_(random), fleet_(std::move(fleet)) {}

AuthResult<WalletTokenPtr> WalletTokens::verify(std::string_view text, Timestamp now) {
  WalletTokenPtr known = seen_.find(text);
  if (!known) {
    auto read = identity::readToken(text);
    if (!read) return fromToken(read.error());
    if (auto s = identity::checkFleet(read->token, fleet_); !s) return fromToken(s.error());
    if (auto s = identity::checkTimes(read->token, now.get() / 1000); !s) return fromToken(s.error());
    if (auto s = identity::checkSigner(*read); !s) return fromToken(s.error());
    known = std::make_shared<WalletToken>();
    known->owner = OwnerId(read->token.wallet.lowerCase());
    known->digest = read->digest;
    if (read->token.version == 2) known->scope = std::make_shared<identity::Scope>(read->token.scope);
    known->bound = read->token.version == 1;
    known->token = std::move(read->token);
    known = seen_.insert(text, std::move(known));
  }
  if (auto s = identity::checkTimes(known->token, now.get() / 1000); !s) return fromToken(s.error());
  if (!view_.fresh())
    return refuse(AuthFailure::unavailable, "This master cannot learn what was revoked at the moment; try again.");
  if (view_.revoked(known->owner, known->token.issued))
    return refuse(AuthFailure::invalid_token, "The token was revoked.");
  return known;
}

Task<AuthStatus> WalletTokens::admit(WalletTokenPtr token, Timestamp now) {
  if (admitted(*token)) co_return AuthStatus();
  const auto end = challengeEnd(token->token.nonce);
  if (!end)
    co_return refuse(AuthFailure::invalid_token,
                     "The token's nonce is no challenge of this fleet; ask a master for one.");
  // A challenge that nobody has answered in time is given away to nobody, so that it stays unanswered.
  const bool late = *end < now.get() / 1000;
  const Digest wanted = late ? Digest{} : token->digest;
  const Timestamp until((token->token.expires + identity::kMostAhead) * 1000);
  auto bound = co_await registry_.bindNonce(token->token.nonce, wanted, until);
  if (!bound)
    co_return refuse(AuthFailure::unavailable, "The registry cannot be asked about the token's nonce; try again.");
  if (bound->digest != token->digest)
    co_return refuse(AuthFailure::invalid_token,
                     late && bound->digest == Digest{}
                         ? "The token's challenge has run out; ask a master for a new one."
                         : "Another token was made with the same challenge; each takes its own.");
  token->bound.store(true, std::memory_order_release);
  co_return AuthStatus();
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
