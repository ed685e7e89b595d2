// A holder that every commit needs, whoever else is complete.
#include <gtest/gtest.h>

#include "daemon/pinning/quorum.h"
#include "tests/unit/daemon/bucket/masters.h"
#include "tests/unit/daemon/pinning/noting.h"
#include "tests/unit/daemon/pinning/roots.h"

namespace cairn::pinning {
namespace {

class Required : public testing::Test {
 protected:
  /// `needed` of a peer and a storage node, and the cluster.
  Quorum quorum(std::size_t needed) {
    return Quorum(fleet_[0].local, *fleet_[0].store, {peer_, storage_, cluster_}, QuorumRule{needed, 1, 1},
                  clock_.get());
  }
  Result<std::vector<MasterId>> hold(Quorum& quorum, std::uint8_t n) {
    return fleet_.run(quorum.hold(kBucket, rootOf(n).cid, {}, {rootOf(n)}, {}));
  }
  test::Fleet fleet_{1, true, 0};
  std::unique_ptr<Clock> clock_ = systemClock();
  std::shared_ptr<Noting> peer_ = std::make_shared<Noting>("m2"), storage_ = std::make_shared<Noting>("s1"),
                          cluster_ = std::make_shared<Noting>("cluster");
};

TEST_F(Required, IsWaitedForAlsoWhereNobodyElseIsNeeded) {
  Quorum quorum = this->quorum(0);
  cluster_->hangs = true;
  std::optional<Result<std::vector<MasterId>>> held;
  auto commit = [&]() -> Task<void> { held = co_await quorum.hold(kBucket, rootOf(1).cid, {}, {rootOf(1)}, {}); };
  spawn(fleet_.io.get_executor(), commit());
  ASSERT_TRUE(fleet_.until([&] { return !cluster_->roots.empty() && !peer_->roots.empty(); }));
  while (fleet_.io.poll() > 0) continue;
  EXPECT_FALSE(held);
  cluster_->wake();
  ASSERT_TRUE(fleet_.until([&] { return held.has_value(); }));
  ASSERT_TRUE(*held);
  EXPECT_NE(std::ranges::find(**held, MasterId("cluster")), (*held)->end());
}

TEST_F(Required, DoesNotCountForTheOthers) {
  Quorum quorum = this->quorum(2);
  storage_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().message.find("1 of 2 other holders complete (s1: it is down)"), std::string::npos)
      << held.error().message;
}

TEST_F(Required, FailsTheCommitThoughTheOthersAreComplete) {
  Quorum quorum = this->quorum(1);
  cluster_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().message.find("cluster: it is down"), std::string::npos) << held.error().message;
  cluster_->fails = false;
  EXPECT_TRUE(hold(quorum, 2));
}

}  // namespace
}  // namespace cairn::pinning
