// Wallet tokens and sessions on masters of one fleet: what binds, what ends, and what is not guessed.
#include <gtest/gtest.h>

#include "common/digest/base64.h"
#include "wallet_rig.h"

namespace cairn::auth {
namespace {

using testing::failureOf;
using testing::WalletRig;
using testing::Wallets;

TEST_F(Wallets, ATokenIsTakenByEveryMasterAgainAndAgain) {
  const std::string text = sign(token());
  for (WalletRig* master : {&one, &two, &one, &two}) {
    auto taken = master->present(text);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ((*taken)->owner, owner());
  }
  EXPECT_EQ(one.identities.asked, 1) << "what is bound is remembered";
}

TEST_F(Wallets, AChallengeIsBoundToTheFirstTokenShown) {
  identity::Token first = token(), second = first;
  second.expires -= 1;
  ASSERT_TRUE(one.present(sign(first)));
  EXPECT_EQ(failureOf(two.present(sign(second))), AuthFailure::token_refused);
  EXPECT_EQ(failureOf(two.present(sign(second))), AuthFailure::token_refused);
  EXPECT_EQ(two.identities.asked, 1) << "a refusal is remembered, too";
  EXPECT_TRUE(two.present(sign(first)));
}

TEST_F(Wallets, AChallengeThatNobodyUsedInTimeStaysUnused) {
  identity::Token late = token();
  one.advance(WalletTokens::kChallengeLife + std::chrono::seconds(2));
  ASSERT_TRUE(one.refresh());
  EXPECT_EQ(failureOf(one.present(sign(late))), AuthFailure::token_refused);
  two.advance(WalletTokens::kChallengeLife + std::chrono::seconds(2));
  ASSERT_TRUE(two.refresh());
  EXPECT_EQ(failureOf(two.present(sign(late))), AuthFailure::token_refused);
}

TEST_F(Wallets, ATokenUsedInTimeGoesOnWhenItsChallengeHasRunOut) {
  const std::string text = sign(token());
  ASSERT_TRUE(one.present(text));
  two.advance(WalletTokens::kChallengeLife + std::chrono::seconds(2));
  ASSERT_TRUE(two.refresh());
  EXPECT_TRUE(two.present(text));
}

TEST_F(Wallets, AForeignNonceIsRefusedWithoutAskingTheRegistry) {
  identity::Token foreign = token();
  foreign.nonce[20] ^= 1;
  EXPECT_EQ(failureOf(one.present(sign(foreign))), AuthFailure::token_refused);
  EXPECT_EQ(one.identities.asked, 0);
}

TEST_F(Wallets, ARegistryThatIsAwayIsNoAnswer) {
  const std::string text = sign(token());
  two.identities.away = true;
  EXPECT_EQ(failureOf(two.present(text)), AuthFailure::unavailable) << "the nonce cannot be asked about";
  two.identities.away = false;
  ASSERT_TRUE(two.present(text));
  two.identities.away = true;
  EXPECT_TRUE(two.present(text)) << "for two seconds what is known will do";
  two.advance(std::chrono::seconds(3));
  EXPECT_EQ(failureOf(two.present(text)), AuthFailure::unavailable);
  two.identities.away = false;
  ASSERT_TRUE(two.refresh());
  EXPECT_TRUE(two.present(text));
}

TEST_F(Wallets, TimesAreKeptAtTheDoor) {
  for (auto [ahead, taken] : {std::pair{299, true}, std::pair{301, false}}) {
    identity::Token t = token();
    t.issued += ahead;
    t.expires += ahead;
    EXPECT_EQ(one.present(sign(t)).has_value(), taken) << ahead;
  }
  identity::Token old = token();
  old.issued -= 80'000;
  old.expires = one.now() + 5;
  const std::string text = sign(old);
  EXPECT_TRUE(one.present(text)) << "a slow client's old issue passes";
  one.advance(std::chrono::seconds(6));
  ASSERT_TRUE(one.refresh());
  EXPECT_EQ(failureOf(one.present(text)), AuthFailure::token_expired);
}

TEST_F(Wallets, ARevocationReachesEverySpellingAndTheSessions) {
  for (int version : {1, 2}) {
    identity::Token t = token(version);
    const std::string text = sign(t);
    auto signature = identity::RecoverableSignature::sign(key, identity::digestOf(t)).bytes();
    ASSERT_TRUE(two.present(text));
    auto made = one.sessions.open(session());
    ASSERT_TRUE(made);
    ASSERT_TRUE(two.sessions.find(made->token, made->accessKeyId, two.clock.now()));
    revoke(one.now());
    ASSERT_TRUE(two.refresh());
    EXPECT_EQ(failureOf(two.present(text)), AuthFailure::token_refused);
    if (version == 1) {
      signature[64] = static_cast<std::uint8_t>(signature[64] - 27);
      const std::string other = text.substr(0, text.rfind('.') + 1) + base64Url(signature);
      EXPECT_EQ(failureOf(two.present(other)), AuthFailure::token_refused);
    }
    EXPECT_FALSE(two.sessions.find(made->token, made->accessKeyId, two.clock.now()));
    one.advance(std::chrono::seconds(1));
    two.advance(std::chrono::seconds(1));
    ASSERT_TRUE(one.refresh());
    ASSERT_TRUE(two.refresh());
    EXPECT_TRUE(two.present(sign(token(version)))) << "what is issued later is good";
  }
}

TEST_F(Wallets, ASessionOpensOnEveryMasterAndNowhereElse) {
  Session s = session();
  s.scope = *identity::Scope::make({{"b", "p/", {identity::Operation::read}}});
  auto made = one.sessions.open(s);
  ASSERT_TRUE(made);
  auto found = two.sessions.find(made->token, made->accessKeyId, two.clock.now());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)->key.secret.view(), made->secret);
  EXPECT_EQ(made->secret.size(), 40U);
  ASSERT_TRUE((*found)->scope);
  EXPECT_EQ(*(*found)->scope, *s.scope);
  EXPECT_FALSE(two.sessions.find(made->token, made->accessKeyId + "0", two.clock.now()));
  auto sealed = *fromBase64Url(made->token);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(two.sessions.find(base64Url(changed), made->accessKeyId, two.clock.now())) << bit;
  }
  Sessions otherFleet(two.view, two.view, *two.random, "another");
  EXPECT_FALSE(otherFleet.find(made->token, made->accessKeyId, two.clock.now()));
  EXPECT_EQ(two.sessions.find(made->token, made->accessKeyId, Timestamp(s.expires * 1000)).error().failure,
            AuthFailure::expired_token);
}

TEST_F(Wallets, SharedKeysRotateWithOverlap) {
  auto before = one.sessions.open(session());
  ASSERT_TRUE(one.rotate(kSessionKey));
  auto during = one.sessions.open(session());
  ASSERT_TRUE(before && during);
  EXPECT_TRUE(two.sessions.find(before->token, before->accessKeyId, two.clock.now()));
  EXPECT_TRUE(two.sessions.find(during->token, during->accessKeyId, two.clock.now()))
      << "not sealed with what the others may not have yet";
  const std::string old = toHex(BytesView(*fromBase64Url(before->token)).subspan(1, 8));
  ASSERT_TRUE(one.run(one.registry->identity().retireSharedKey(old)));
  ASSERT_TRUE(two.refresh());
  EXPECT_FALSE(two.sessions.find(before->token, before->accessKeyId, two.clock.now())) << "also what was remembered";
}

TEST_F(Wallets, AnotherKeyEncryptionKeyOpensNothingAndSaysSo) {
  WalletRig stranger(one, "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  auto ready = stranger.run(stranger.view.ensureKeys());
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::denied);
  EXPECT_NE(ready.error().message.find("key_encryption_key_file"), std::string::npos);
}

}  // namespace
}  // namespace cairn::auth
