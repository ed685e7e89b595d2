// Grants and contract wallets on masters of one fleet: what is counted, what ends, and what is not guessed.
#include <gtest/gtest.h>

#include "common/digest/base64.h"
#include "daemon/auth/grant_claim.h"
#include "wallet_rig.h"

namespace cairn::auth {
namespace {

using testing::WalletRig;

/// An Ethereum node that says what the test wants.
struct Node {
  std::string code = R"({"result":"0x60"})", call = R"({"result":"0x1626ba7e)" + std::string(56, '0') + R"("})";
  bool away = false;
  int asked = 0;
  ContractWallets::Ask ask() {
    return [this](std::string text) -> Task<Result<std::string>> {
      ++asked;
      if (away) co_return fail(Errc::unavailable, "away");
      co_return text.find("eth_getCode") != text.npos ? code : call;
    };
  }
};

class GrantsAtTheDoor : public ::testing::Test {
 protected:
  GrantsAtTheDoor() {
    EXPECT_TRUE(one.run(one.view.ensureKeys()));
    EXPECT_TRUE(two.refresh());
  }
  identity::Grant grant(std::uint64_t count = 0) {
    identity::Grant g;
    g.wallet = identity::Address::of(key.publicKey());
    g.fleet = "f1ee7";
    g.bucket = "photos";
    g.operations = {identity::Operation::read};
    g.issued = one.now();
    g.expires = g.issued + 3600;
    g.count = count;
    one.random->fill(g.nonce);
    return g;
  }
  std::string sign(const identity::Grant& g) {
    return identity::grantText(g, identity::RecoverableSignature::sign(key, identity::digestOf(g)));
  }
  /// As if some contract had signed.
  std::string unsignedBy(const identity::Grant& g, std::size_t bytes = 130) {
    const std::string text = sign(g);
    return text.substr(0, text.rfind('.') + 1) + base64Url(Bytes(bytes, 1));
  }
  AuthStatus use(WalletRig& at, Grants& grants, const std::string& text) {
    auto verified = grants.verify(text, at.clock.now());
    if (!verified) return verified.error();
    return at.run(grants.use(*verified));
  }
  static AuthFailure failureOf(const AuthStatus& status) {
    EXPECT_FALSE(status);
    return status ? AuthFailure::access_denied : status.error().failure;
  }

  identity::SecretKey key = *identity::SecretKey::parse(Bytes(32, 7));
  WalletRig one, two{one};
  Node node;
  ContractWallets contracts{one.clock, node.ask(), [](OwnerId) -> Task<Result<bool>> { co_return false; }};
  Grants first{one.view, one.registry->identity(), one.clock, "f1ee7"};
  Grants second{two.view, two.registry->identity(), two.clock, "f1ee7"};
  Grants asking{one.view, one.registry->identity(), one.clock, "f1ee7", &contracts};
};

TEST_F(GrantsAtTheDoor, AreTakenEverywhereUntilTheyEnd) {
  const std::string text = sign(grant());
  EXPECT_TRUE(use(one, first, text));
  EXPECT_TRUE(use(two, second, text));
  one.advance(std::chrono::seconds(3601));
  ASSERT_TRUE(one.refresh());
  EXPECT_EQ(failureOf(use(one, first, text)), AuthFailure::token_expired);
  identity::Grant other = grant();
  other.fleet = "another";
  EXPECT_EQ(failureOf(use(one, first, sign(other))), AuthFailure::token_refused);
}

TEST_F(GrantsAtTheDoor, AreCountedOverAllMasters) {
  const std::string text = sign(grant(3));
  EXPECT_TRUE(use(one, first, text));
  EXPECT_TRUE(use(two, second, text));
  EXPECT_TRUE(use(two, second, text));
  EXPECT_EQ(failureOf(use(one, first, text)), AuthFailure::token_refused);
  EXPECT_TRUE(first.verify(text, one.clock.now())) << "to look at it is no use";
}

TEST_F(GrantsAtTheDoor, EndWithARevocationOfTheirsOrOfTheWallets) {
  const identity::Grant g = grant();
  const std::string text = sign(g), other = sign(grant());
  ASSERT_TRUE(use(two, second, text) && use(two, second, other));
  ASSERT_TRUE(one.run(one.registry->identity().revokeGrant(identity::digestOf(g), Timestamp(g.expires * 1000))));
  ASSERT_TRUE(two.refresh());
  EXPECT_EQ(failureOf(use(two, second, text)), AuthFailure::token_refused) << "also what was remembered";
  EXPECT_TRUE(use(two, second, other));
  ASSERT_TRUE(one.run(one.registry->identity().revoke(OwnerId(g.wallet.lowerCase()), g.issued)));
  ASSERT_TRUE(two.refresh());
  EXPECT_EQ(failureOf(use(two, second, other)), AuthFailure::token_refused);
}

TEST_F(GrantsAtTheDoor, AreNotGuessedWhileNothingFreshIsKnown) {
  const std::string text = sign(grant());
  ASSERT_TRUE(use(two, second, text));
  two.identities.away = true;
  two.advance(std::chrono::seconds(3));
  EXPECT_EQ(failureOf(use(two, second, text)), AuthFailure::unavailable);
  Grants away(one.view, one.identities, one.clock, "f1ee7");  // its registry counts nothing
  EXPECT_EQ(failureOf(use(one, away, sign(grant(3)))), AuthFailure::unavailable);
}

TEST_F(GrantsAtTheDoor, AContractIsAskedAndItsAnswerRememberedForAWhile) {
  const std::string text = unsignedBy(grant());
  EXPECT_EQ(failureOf(use(one, first, text)), AuthFailure::token_refused) << "where no node is configured";
  ASSERT_TRUE(asking.verify(text, one.clock.now()));
  EXPECT_EQ(node.asked, 0);
  EXPECT_TRUE(use(one, asking, text));
  EXPECT_TRUE(use(one, asking, text));
  EXPECT_EQ(node.asked, 2) << "its code, and its word";
  node.call = R"({"result":"0x"})";
  EXPECT_TRUE(use(one, asking, text));
  static_assert(ContractWallets::kRemembered <= std::chrono::seconds(30));
  one.advance(std::chrono::duration_cast<std::chrono::seconds>(ContractWallets::kRemembered) + std::chrono::seconds(1));
  ASSERT_TRUE(one.refresh());
  EXPECT_EQ(failureOf(use(one, asking, text)), AuthFailure::token_refused);
  EXPECT_EQ(failureOf(use(one, asking, text)), AuthFailure::token_refused);
  EXPECT_EQ(node.asked, 4);
}

TEST_F(GrantsAtTheDoor, ANodeThatIsAwayIsNoAnswer) {
  node.away = true;
  const std::string text = unsignedBy(grant(1));
  EXPECT_EQ(failureOf(use(one, asking, text)), AuthFailure::unavailable);
  node.away = false;
  for (const char* wrong :
       {"", "[]", "{}", R"({"result":7})", R"({"result":"1626ba7e"})", R"({"error":{"code":-32000}})"}) {
    node.call = wrong;
    EXPECT_EQ(failureOf(use(one, asking, text)), AuthFailure::unavailable) << wrong;
  }
  node.call = R"({"error":{"code":3,"message":"execution reverted"}})";
  EXPECT_EQ(failureOf(use(one, asking, text)), AuthFailure::token_refused);
  EXPECT_EQ(failureOf(use(one, asking, unsignedBy(grant(), identity::kMaxContractSignature + 1))),
            AuthFailure::token_refused);
  node.code = R"({"result":"0x"})";
  const int before = node.asked;
  EXPECT_EQ(failureOf(use(one, asking, unsignedBy(grant(), 65))), AuthFailure::token_refused);
  EXPECT_EQ(node.asked, before + 1) << "what has no code is not called";
}

TEST_F(GrantsAtTheDoor, KeysSignWithoutAsking) {
  EXPECT_TRUE(use(one, asking, sign(grant())));
  EXPECT_EQ(node.asked, 0);
}

TEST_F(GrantsAtTheDoor, AGranteesOwnScopeStaysItsLimit) {
  identity::Grant g = grant();
  g.grantee = identity::Address(identity::Address::Raw{1});
  const std::string text = sign(g);
  const std::array<HeaderView, 1> headers = {HeaderView{"X-Cairn-Grant", text}};
  const RequestView request{"GET", "/photos/k", "", headers};
  auto claim = [&](Caller& caller) { return takeGrant(first, request, {}, one.clock.now(), caller); };
  Caller nobody;
  EXPECT_EQ(claim(nobody).error().failure, AuthFailure::access_denied);
  Caller grantee;
  grantee.anonymous = false;
  grantee.owner = OwnerId(g.grantee.lowerCase());
  Caller narrow = grantee, elsewhere = grantee;
  narrow.scope =
      std::make_shared<identity::Scope>(*identity::Scope::make({{"photos", "a/", identity::Operations::all()}}));
  elsewhere.scope =
      std::make_shared<identity::Scope>(*identity::Scope::make({{"other", "", identity::Operations::all()}}));
  ASSERT_TRUE(claim(grantee) && claim(narrow));
  EXPECT_EQ(grantee.owner.get(), g.wallet.lowerCase());
  EXPECT_TRUE(grantee.scope->allows(identity::Operation::read, "photos", "b"));
  EXPECT_TRUE(narrow.scope->allows(identity::Operation::read, "photos", "a/1"));
  EXPECT_FALSE(narrow.scope->allows(identity::Operation::read, "photos", "b"));
  EXPECT_FALSE(narrow.scope->allows(identity::Operation::write, "photos", "a/1"));
  EXPECT_FALSE(grantee.linked);
  EXPECT_EQ(claim(elsewhere).error().failure, AuthFailure::access_denied);
}

}  // namespace
}  // namespace cairn::auth
