// Who may hold how many of the questions that a master asks its Ethereum node at a time.
#include <gtest/gtest.h>

#include "daemon/auth/contract_wallets.h"
#include "daemon/auth/known_wallets.h"
#include "wallet_rig.h"

namespace cairn::auth {
namespace {

using identity::Address;
using testing::WalletRig;

/// A node that says yes when it is told to, and the questions that wait for it.
class Questions : public ::testing::Test {
 protected:
  ContractWallets::Ask ask() {
    return [this](std::string text) -> Task<Result<std::string>> {
      if (text.find("eth_getCode") == text.npos) co_return R"({"result":"0x1626ba7e)" + std::string(56, '0') + R"("})";
      ++asked;
      if (slow) co_await waiting.emplace_back().wait();
      co_return R"({"result":"0x60"})";
    };
  }
  static Address wallet(std::uint8_t n) {
    Address::Raw raw{};
    raw.fill(n);
    return Address(raw);
  }
  /// Another signature of that wallet's comes in. `answered` has what became of it.
  void present(std::uint8_t n) { presentAgain(n, ++signatures); }
  void presentAgain(std::uint8_t n, std::uint8_t which) {
    auto go = [](Questions* self, Address who, std::uint8_t signature) -> Task<void> {
      self->answered.push_back((co_await self->contracts.check(who, {}, Bytes(70, signature))).has_value());
    };
    spawn(rig.io.get_executor(), go(this, wallet(n), which));
    settle();
  }
  void settle() {
    rig.io.restart();
    while (rig.io.poll() != 0) rig.io.restart();
  }
  void answerAll() {
    slow = false;
    for (const auto& one : std::exchange(waiting, {})) one.set(true);
    settle();
  }

  WalletRig rig;
  bool slow = false;
  int asked = 0;
  std::uint8_t signatures = 0;
  std::vector<OneShot<bool>> waiting;
  std::vector<bool> answered;
  std::set<OwnerId> known;
  bool away = false;
  ContractWallets contracts{rig.clock, ask(), [this](OwnerId who) -> Task<Result<bool>> {
                              if (away) co_return fail(Errc::unavailable, "away");
                              co_return known.contains(who);
                            }};
};

TEST_F(Questions, StrangersLeaveRoomForThoseWhoAreKnown) {
  present(1);
  ASSERT_EQ(answered, std::vector{true}) << "1 was seen here before";
  known.insert(OwnerId(wallet(2).lowerCase()));
  slow = true;
  for (std::uint8_t stranger = 10; stranger < 20; ++stranger) present(stranger);
  EXPECT_EQ(waiting.size(), static_cast<std::size_t>(ContractWallets::kMostOfStrangers));
  EXPECT_EQ(answered, (std::vector<bool>{true, false, false, false, false, false, false})) << "told at once";
  answered.clear();
  present(1);
  present(2);
  EXPECT_TRUE(answered.empty()) << "both wait for the node, and not outside";
  answerAll();
  EXPECT_EQ(answered, std::vector<bool>(ContractWallets::kMostOfStrangers + 2, true));
  present(20);
  EXPECT_TRUE(answered.back()) << "places are given back";
}

/// Anybody may name a wallet whose signature is yet to be judged.
TEST_F(Questions, NoWalletHoldsThePlacesOfOthers) {
  present(1);
  answered.clear();
  slow = true;
  for (int n = 0; n < 10; ++n) present(1);
  EXPECT_EQ(waiting.size(), static_cast<std::size_t>(ContractWallets::kMostOfOne));
  present(3);
  EXPECT_EQ(waiting.size(), static_cast<std::size_t>(ContractWallets::kMostOfOne) + 1);
  answerAll();
}

TEST_F(Questions, AreAskedOnceOfManyRequestsAtATime) {
  slow = true;
  for (int n = 0; n < 20; ++n) presentAgain(5, 77);
  EXPECT_EQ(asked, 1);
  answerAll();
  EXPECT_EQ(answered, std::vector<bool>(20, true));
  presentAgain(5, 77);
  EXPECT_EQ(asked, 1) << "it is remembered";
}

TEST_F(Questions, AreNeverMoreThanTheNodeIsToBear) {
  for (std::uint8_t n = 1; n <= 10; ++n) present(n);
  answered.clear();
  slow = true;
  for (std::uint8_t n = 1; n <= 10; ++n) present(n);
  EXPECT_EQ(waiting.size(), static_cast<std::size_t>(ContractWallets::kMostAtOnce));
  answerAll();
}

TEST_F(Questions, ARegistryThatIsAwayKnowsNobody) {
  known.insert(OwnerId(wallet(2).lowerCase()));
  away = slow = true;
  for (std::uint8_t stranger = 10; stranger < 14; ++stranger) present(stranger);
  present(2);
  EXPECT_EQ(answered, std::vector{false});
  answerAll();
}

TEST(KnownWallet, IsAnOperatorOrOwnsABucket) {
  WalletRig rig;
  const KnownWallets known(rig.view, *rig.registry);
  const OwnerId first("0x" + std::string(40, '1')), second("0x" + std::string(40, '2'));
  EXPECT_FALSE(*rig.run(known.knows(first)));
  registry::OperatorRow row;
  row.wallet = first;
  row.role = registry::Role::admin;
  ASSERT_TRUE(rig.run(rig.registry->identity().setOperator(row, false)));
  ASSERT_TRUE(rig.refresh());
  EXPECT_TRUE(*rig.run(known.knows(first)));
  EXPECT_FALSE(*rig.run(known.knows(second)));
  registry::Master master;
  master.id = MasterId("m1");
  master.cas = true;
  const auto registered = rig.run(rig.registry->registerMaster(master));
  ASSERT_TRUE(registered);
  registry::FlipRequest flip;
  flip.bucket = {second, BucketName("own")};
  flip.nextRoot = Cid::of(Codec::raw, asBytes("root"));
  flip.master = master.id;
  flip.epoch = registered->epoch;
  flip.cas = true;
  ASSERT_EQ(rig.run(rig.registry->flip(flip)).status, registry::FlipStatus::won);
  EXPECT_TRUE(*rig.run(known.knows(second)));
}

}  // namespace
}  // namespace cairn::auth
