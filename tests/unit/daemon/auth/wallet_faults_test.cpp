// Other spellings of a token, and a registry that answers late, not at all, or nobody knows what.
#include <gtest/gtest.h>

#include "tests/unit/common/identity/token_spellings.h"
#include "wallet_rig.h"

namespace cairn::auth {
namespace {

using testing::failureOf;
using testing::WalletRig;
using testing::Wallets;

TEST_F(Wallets, EverySpellingIsOneTokenToCacheAndRevocation) {
  const identity::Token t = token(1);
  const auto spelt = identity::testing::spellings(t, signature(t));
  WalletTokenPtr first;
  for (const std::string& text : spelt) {
    auto taken = one.present(text);
    ASSERT_TRUE(taken) << text;
    EXPECT_EQ((*taken)->digest, identity::digestOf(t));
    EXPECT_EQ((*taken)->owner, owner());
    EXPECT_EQ((*taken)->scope, nullptr) << "what is not signed says nothing";
    EXPECT_EQ((*taken)->token.role, identity::TokenRole::storage);
  }
  revoke(t.issued);
  for (WalletRig* master : {&one, &two}) {
    ASSERT_TRUE(master->refresh());
    for (const std::string& text : spelt)
      EXPECT_EQ(failureOf(master->present(text)), AuthFailure::token_refused) << text;
  }
}

TEST_F(Wallets, TwinsOfATokenThatIsKnownAreNotTaken) {
  for (int version : {1, 2}) {
    const identity::Token t = token(version);
    const std::string text = sign(t);
    ASSERT_TRUE(one.present(text));
    for (const std::string& twin : identity::testing::twins(text, signature(t)))
      EXPECT_FALSE(one.present(twin)) << twin;
    EXPECT_TRUE(one.present(text));
  }
}

TEST_F(Wallets, ABindingOfUnknownOutcomeIsAskedAboutAgain) {
  const identity::Token first = token();
  identity::Token second = first;
  second.expires -= 1;
  one.identities.lost = true;
  EXPECT_EQ(failureOf(one.present(sign(first))), AuthFailure::unavailable);
  EXPECT_EQ(failureOf(one.present(sign(first))), AuthFailure::unavailable) << "nothing is guessed";
  one.identities.lost = false;
  EXPECT_EQ(failureOf(two.present(sign(second))), AuthFailure::token_refused) << "it was bound after all";
  EXPECT_TRUE(one.present(sign(first)));
  EXPECT_TRUE(two.present(sign(first)));
}

TEST_F(Wallets, ABindingThatWasNotMadeLeavesTheChallengeFree) {
  const identity::Token first = token();
  identity::Token second = first;
  second.expires -= 1;
  one.identities.away = true;
  EXPECT_EQ(failureOf(one.present(sign(first))), AuthFailure::unavailable);
  one.identities.away = false;
  EXPECT_TRUE(two.present(sign(second)));
  EXPECT_EQ(failureOf(one.present(sign(first))), AuthFailure::token_refused);
}

TEST_F(Wallets, ARevocationWhileTheRegistryIsAskedCounts) {
  const identity::Token t = token();
  auto verified = one.tokens.verify(sign(t), one.clock.now());
  ASSERT_TRUE(verified);
  revoke(t.issued);
  ASSERT_TRUE(one.refresh());
  auto admitted = one.run(one.tokens.admit(*verified));
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().failure, AuthFailure::token_refused);
}

TEST_F(Wallets, NothingIsGoodBeforeTheRegistryWasRead) {
  const std::string text = sign(token()), old = sign(token(1));
  auto made = one.sessions.open(session());
  ASSERT_TRUE(made);
  IdentityView unread(one.identities, one.clock, *one.random, *KeyEncryptionKey::parse(testing::kKek));
  WalletTokens tokens(unread, one.identities, one.clock, *one.random, "f1ee7");
  Sessions sessions(unread, unread, *one.random, "f1ee7");
  EXPECT_EQ(failureOf(tokens.verify(text, one.clock.now())), AuthFailure::unavailable);
  EXPECT_EQ(failureOf(tokens.verify(old, one.clock.now())), AuthFailure::unavailable);
  auto found = sessions.find(made->token, made->accessKeyId, one.clock.now());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().failure, AuthFailure::unavailable);
}

TEST_F(Wallets, AStaleMasterRefusesWhatIsWrongAllTheSame) {
  two.identities.away = true;
  two.advance(std::chrono::seconds(3));
  auto signature = this->signature(token(1)).bytes();
  signature[5] ^= 1;
  EXPECT_EQ(failureOf(two.present(identity::testing::assemble(identity::kTokenV1, "{}", signature))),
            AuthFailure::token_refused)
      << "nothing has to be known to refuse it";
  EXPECT_EQ(failureOf(two.present(sign(token(1)))), AuthFailure::unavailable);
}

}  // namespace
}  // namespace cairn::auth
