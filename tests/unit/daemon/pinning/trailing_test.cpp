// Holders that trail: told of the newest root a little later, unless the quorum needs them at once.
#include <gtest/gtest.h>

#include "daemon/pinning/quorum.h"
#include "tests/unit/daemon/bucket/masters.h"
#include "tests/unit/daemon/pinning/noting.h"
#include "tests/unit/daemon/pinning/roots.h"

namespace cairn::pinning {
namespace {

class Trailing : public testing::Test {
 protected:
  Quorum quorum(std::size_t needed) {
    return Quorum(fleet_[0].local, *fleet_[0].store, {peer_, storage_}, QuorumRule{needed, 1}, clock_.get());
  }
  Result<std::vector<MasterId>> hold(Quorum& quorum, std::uint8_t n, std::optional<Cid> base = std::nullopt) {
    return fleet_.run(quorum.hold(kBucket, rootOf(n).cid, {base, {}}, {rootOf(n)}, {}));
  }
  test::Fleet fleet_{1, true, 0};
  std::unique_ptr<Clock> clock_ = systemClock();
  std::shared_ptr<Noting> peer_ = std::make_shared<Noting>("m2"), storage_ = std::make_shared<Noting>("s1");
};

TEST_F(Trailing, IsToldOfTheNewestRootOnly) {
  Quorum quorum = this->quorum(1);
  for (std::uint8_t n = 1; n <= 5; ++n) {
    auto held = hold(quorum, n);
    ASSERT_TRUE(held);
    EXPECT_EQ(*held, (std::vector<MasterId>{fleet_[0].local->id(), MasterId("m2")}));
  }
  EXPECT_EQ(peer_->roots.size(), 5U);
  ASSERT_TRUE(fleet_.until([&] { return !storage_->roots.empty(); }));
  EXPECT_EQ(storage_->roots.back(), rootOf(5).cid);
  EXPECT_LT(storage_->roots.size(), 5U);
}

TEST_F(Trailing, IsAskedAtOnceWhereTheQuorumNeedsIt) {
  Quorum quorum = this->quorum(2);
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->size(), 3U);
}

TEST_F(Trailing, StandsInForAHolderThatFails) {
  Quorum quorum = this->quorum(1);
  peer_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->back(), MasterId("s1"));
  // Known to fail, it is not waited for any more; both are asked at once.
  storage_->roots.clear();
  ASSERT_TRUE(hold(quorum, 2));
  EXPECT_EQ(storage_->roots, std::vector<Cid>{rootOf(2).cid});
}

TEST_F(Trailing, StandsInForAHolderThatTakesLong) {
  Quorum quorum = this->quorum(1);
  peer_->hangs = true;
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->back(), MasterId("s1"));
  peer_->wake();
}

TEST_F(Trailing, IsPushedToWithinTheSameBoundWhoeverAsks) {
  constexpr std::size_t kBound = 16, kCommits = kBound + 5;
  Held clock;
  Quorum quorum(fleet_[0].local, *fleet_[0].store, {peer_, storage_}, QuorumRule{1, 1}, &clock);
  peer_->hangs = storage_->hangs = true;
  std::size_t ended = 0;
  auto commit = [&](std::uint8_t n) -> Task<void> {
    std::vector<blocks::Block> one(1, rootOf(n));
    (void)co_await quorum.hold(kBucket, one[0].cid, {}, one, {});
    ++ended;
  };
  for (std::uint8_t n = 0; n < kCommits; ++n) spawn(fleet_.io.get_executor(), commit(n));
  ASSERT_TRUE(fleet_.until([&] { return peer_->roots.size() == kBound; }));
  std::size_t hedged = 0;
  ASSERT_TRUE(fleet_.until([&] { return (hedged += clock.release()) == kBound; })) << "those that the peer took hedge";
  while (fleet_.io.poll() > 0) continue;
  EXPECT_EQ(storage_->roots.size(), kBound);
  peer_->hangs = storage_->hangs = false;
  peer_->wake();
  storage_->wake();
  EXPECT_TRUE(fleet_.until([&] { return clock.release() == 0 && ended == kCommits; }));
}

TEST_F(Trailing, WithNobodyLeftTheReasonNamesAll) {
  Quorum quorum = this->quorum(1);
  peer_->fails = storage_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().message.find("m2: it is down; s1: it is down"), std::string::npos) << held.error().message;
}

TEST_F(Trailing, IsToldWhatTheLastProcessHadYetToSay) {
  Quorum quorum = this->quorum(1);
  ASSERT_TRUE(fleet_.run(fleet_[0].store->putDurably({rootOf(7)})));
  ASSERT_TRUE(fleet_.run(quorum.catchUp(kBucket, rootOf(7).cid)));
  ASSERT_TRUE(fleet_.until([&] { return !storage_->roots.empty(); }));
  EXPECT_EQ(storage_->roots.back(), rootOf(7).cid);
}

}  // namespace
}  // namespace cairn::pinning
