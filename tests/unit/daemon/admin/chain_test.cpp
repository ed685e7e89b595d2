#include "fakes.h"

namespace cairn::admin::test {
namespace {

class Chain : public ::testing::Test {
 protected:
  Chain() {
    for (int i = 1; i <= 6; ++i) rig.registry.flipTo(bucketId("photos"), i, i % 2 ? "m1" : "m2");
    for (int i = 1; i <= 3; ++i) rig.registry.flipTo(bucketId("site"), 100 + i, "m1");
  }
  api::ChainStatus advance(ChainWalk& walk) {
    api::ChainStatus out;
    rig.run([](ChainWalk& w, api::ChainStatus& to) -> Task<void> {
      auto status = co_await w.advance();
      EXPECT_TRUE(status);
      if (status) to = *status;
    }(walk, out));
    return out;
  }
  void expectBrokenAt(const std::string& bucket, std::uint64_t version, const std::string& words) {
    ChainWalk walk(rig.registry, *rig.clock, {});
    const auto status = advance(walk);
    EXPECT_FALSE(status.unbroken);
    ASSERT_TRUE(status.firstBroken);
    EXPECT_EQ(status.firstBroken->bucket, BucketName(bucket));
    EXPECT_EQ(status.firstBroken->version, Version(version));
    EXPECT_NE(status.firstBroken->reason.find(words), std::string::npos) << status.firstBroken->reason;
  }
  std::vector<registry::HistoryRow>& photos() { return rig.registry.rows[bucketId("photos")]; }
  Rig rig;
};

TEST_F(Chain, HoldsAndIsWalkedOnce) {
  ChainWalk walk(rig.registry, *rig.clock, {});
  auto status = advance(walk);
  EXPECT_TRUE(status.unbroken);
  EXPECT_TRUE(status.complete);
  EXPECT_EQ(status.checked, 9u);
  rig.registry.flipTo(bucketId("photos"), 7, "m1");
  status = advance(walk);
  EXPECT_EQ(status.checked, 10u);
  EXPECT_EQ(rig.registry.historyRowsRead, 10);
}

TEST_F(Chain, ABudgetSpreadsTheWalk) {
  ChainWalk walk(rig.registry, *rig.clock, {}, 4);
  auto status = advance(walk);
  EXPECT_EQ(status.checked, 4u);
  EXPECT_FALSE(status.complete);
  for (int i = 0; i < 3; ++i) status = advance(walk);
  EXPECT_EQ(status.checked, 9u);
  EXPECT_TRUE(status.complete);
  EXPECT_TRUE(status.unbroken);
}

TEST_F(Chain, AMissingRowBreaksIt) {
  photos().erase(photos().begin() + 2);
  expectBrokenAt("photos", 4, "missing");
}

TEST_F(Chain, AForgedRootBreaksIt) {
  photos()[2].root = cidOf(666);
  expectBrokenAt("photos", 4, "previous root");
}

TEST_F(Chain, AReceiptThatDoesNotCheckBreaksIt) {
  ChainWalk walk(rig.registry, *rig.clock,
                 [](const registry::HistoryRow& row, const registry::HistoryRow* before,
                    const std::vector<registry::ReceiptKey>&) -> Status {
                   EXPECT_EQ(before == nullptr, row.version == Version(1));
                   if (row.version == Version(5)) return fail(Errc::corrupt, "signed by nobody we know");
                   return Status();
                 });
  const auto status = advance(walk);
  EXPECT_TRUE(status.receiptsChecked);
  ASSERT_TRUE(status.firstBroken);
  EXPECT_EQ(status.firstBroken->reason, "signed by nobody we know");
}

TEST_F(Chain, KeysOfAMasterThatJoinsDuringTheWalkAreKnown) {
  std::size_t known = 0;
  ChainWalk walk(rig.registry, *rig.clock,
                 [&known](const registry::HistoryRow&, const registry::HistoryRow*,
                          const std::vector<registry::ReceiptKey>& keys) -> Status {
                   known = keys.size();
                   return Status();
                 });
  advance(walk);
  const std::size_t before = known;
  registry::Master late;
  late.id = MasterId("late");
  rig.registry.nodes.push_back(late);
  rig.registry.flipTo(bucketId("photos"), 7, "late");
  advance(walk);
  EXPECT_EQ(known, before + 1);
}

TEST_F(Chain, OnceBrokenItStaysTold) {
  ChainWalk walk(rig.registry, *rig.clock, {});
  auto kept = photos();
  photos()[2].root = cidOf(666);
  EXPECT_FALSE(advance(walk).unbroken);
  photos() = kept;
  EXPECT_FALSE(advance(walk).unbroken);
}

}  // namespace
}  // namespace cairn::admin::test
