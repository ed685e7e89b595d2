// Wallets that void what they signed themselves: whose, and how much of it.
#include "common/identity/own_revocation.h"
#include "operator_door.h"

namespace cairn::admin::test {
namespace {

/// Anybody can make wallets; what they revoke stays in the log for good.
TEST_F(OperatorDoor, WhatWalletsVoidOfTheirOwnIsMeasuredOut) {
  give(1, Role::admin);
  const std::int64_t lately = rig.now() - 5000;  // marks of long ago are dropped
  const auto revoke = [&](auth::OwnRevocations& by, std::uint8_t n, std::int64_t after) {
    const std::int64_t upTo = lately + after;
    const auto action = identity::makeAction(
        "RevokeOwnTokens", *readJson(R"({"wallet":")" + wallet(n) + R"(","upTo":)" + std::to_string(upTo) + "}"),
        "f1ee7", identity::Digest{n, static_cast<std::uint8_t>(after % 256)}, rig.now() + 300);
    const auto signature = RecoverableSignature::sign(key(n), digestOf(*action)).bytes();
    auto verified = operators.verify(*action, signature);
    EXPECT_TRUE(verified) << verified.error().message;
    auto row = rig.run(by.act(*verified, "192.0.2.1"));
    EXPECT_TRUE(rig.refresh());
    return row ? row->outcome : "refused";
  };
  auth::OwnRevocations few(*rig.registry, operators, known, 3);
  EXPECT_EQ(revoke(few, 2, 100), "done");
  EXPECT_EQ(revoke(few, 2, 100), "stands");
  EXPECT_EQ(revoke(few, 2, 99), "stands") << "a mark is never lowered";
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(revoke(few, 3, 100), "done");
  EXPECT_EQ(revoke(few, 4, 100), "done");
  EXPECT_EQ(revoke(few, 5, 100), "refused") << "no room for strangers";
  EXPECT_EQ(rows(), 3U);
  for (std::uint64_t n = 1; n <= auth::OwnRevocations::kMostADay; ++n)
    EXPECT_EQ(revoke(few, 1, static_cast<std::int64_t>(n)), "done") << n << ": an operator is none";
  EXPECT_EQ(revoke(few, 1, 1000), "refused") << "but has no more than his own";
  EXPECT_EQ(rows(), 3 + auth::OwnRevocations::kMostADay);
  rig.advance(std::chrono::hours(24));
  ASSERT_TRUE(rig.refresh());
  EXPECT_EQ(revoke(few, 5, 101), "done") << "the next day";
  EXPECT_EQ(revoke(few, 1, 1001), "done");
}

TEST_F(OperatorDoor, AWalletVoidsNothingOfAnothers) {
  const std::string grant = R"("grant":"0x)" + toHex(Bytes(32, 5)) + "\"}";
  EXPECT_EQ(act(request(3, "RevokeOwnTokens", R"({"wallet":")" + wallet(4) + R"(","upTo":1})")), 400) << last.body;
  EXPECT_EQ(act(request(3, "RevokeOwnGrant", R"({"wallet":")" + wallet(4) + "\"," + grant)), 400) << last.body;
  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(act(request(3, "RevokeOwnGrant", R"({"wallet":")" + wallet(3) + "\"," + grant)), 200) << last.body;
  ASSERT_TRUE(rig.refresh());
  registry::Hash32 digest;
  digest.fill(5);
  const auto of = [](std::uint8_t n) { return *identity::Address::parse(wallet(n)); };
  EXPECT_TRUE(rig.view.grantRevoked(identity::ownRevocation(of(3), digest)));
  EXPECT_FALSE(rig.view.grantRevoked(identity::ownRevocation(of(4), digest)));
  EXPECT_FALSE(rig.view.grantRevoked(digest)) << "that would be whosesoever grant it is";
  EXPECT_EQ(act(request(3, "RevokeOwnTokens", R"({"wallet":")" + wallet(3) + R"(","upTo":9000000000})", 9)), 400);
}

}  // namespace
}  // namespace cairn::admin::test
