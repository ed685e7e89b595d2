// The store over a model of kubo: what goes where, what is answered while kubo is away, full or wrong.
#include <thread>

#include "tests/unit/daemon/blocks/kubo_rig.h"

namespace cairn::blocks {
namespace {

using test::block;
using test::KuboStoreTest;
using test::someBlocks;
using test::wait;
using testing::HasSubstr;

TEST_F(KuboStoreTest, CarriesBlocksToKuboLetsTheJournalGoAndStillCountsThem) {
  open();
  const auto blocks = someBlocks(1, 300, 900);
  putDurably(blocks);
  store_->markComplete(std::vector{blocks[0].cid});
  untilReleased();
  for (const Block& b : blocks) {
    EXPECT_TRUE(kubo_.has(b.cid));
    expectHas(b);
  }
  EXPECT_GE(kubo_.gets, 300);
  open();
  EXPECT_TRUE(missing({blocks[0].cid, blocks[299].cid}).empty());
  EXPECT_EQ(store_->complete(std::vector{blocks[0].cid, blocks[1].cid}), (std::vector<bool>{true, false}));
  const auto before = kubo_.imports.load();
  putDurably(blocks);  // which it has
  expectHas(blocks[7]);
  EXPECT_EQ(kubo_.imports, before);
}

TEST_F(KuboStoreTest, TakesWritesWhileKuboIsAwayUpToTheJournalsBoundAndDeliversThemAfterwards) {
  kubo_.silent = true;
  open();
  std::vector<Block> held;
  Error refused;
  for (std::uint64_t i = 0; i < 1000 && refused.message.empty(); ++i) {
    const Block b = block(i, 9000);
    if (auto put = wait(store_->putDurably({b})); put)
      held.push_back(b);
    else
      refused = put.error();
  }
  EXPECT_GT(held.size(), 50U);
  EXPECT_LT(held.size(), 200U);
  EXPECT_EQ(refused.code, Errc::unavailable);
  EXPECT_THAT(refused.message, HasSubstr("the journal before kubo is full"));
  EXPECT_THAT(refused.message, HasSubstr("the model does not answer"));
  EXPECT_FALSE(store_->stats().poisoned);
  open();  // a restart meanwhile
  for (const Block& b : held) expectHas(b);
  EXPECT_FALSE(store_->kubo().problem.empty());
  EXPECT_GT(store_->kubo().waitingBytes, 400'000U);
  kubo_.silent = false;
  untilReleased();
  putDurably({block(5000, 9000)});
  for (const Block& b : held) {
    EXPECT_TRUE(kubo_.has(b.cid));
    expectHas(b);
  }
}

TEST_F(KuboStoreTest, WaitsForASlowKuboBeforeItRefuses) {
  options_.patience = std::chrono::seconds(60);
  kubo_.cannotSync = true;
  open();
  std::thread later([this] {
    until([this] { return store_->kubo().journalBytes > 900'000; });
    kubo_.cannotSync = false;
  });
  std::vector<Block> blocks = someBlocks(1, 200, 9000);
  for (const Block& b : blocks) (void)wait(store_->putDurably({b}));
  later.join();
  untilReleased();
}

TEST_F(KuboStoreTest, SaysWhyItCannotReadWhatOnlyKuboHas) {
  open();
  const Block there = block(1, 5000), here = block(2, 5000);
  putDurably({there});
  untilReleased();
  kubo_.silent = true;
  putDurably({here});
  const Error why = getError(there.cid);
  EXPECT_EQ(why.code, Errc::unavailable);
  EXPECT_THAT(why.message, HasSubstr("the model does not answer"));
  expectHas(here);
  EXPECT_TRUE(missing({there.cid}).empty());
  kubo_.silent = false;
  until([&] { return wait(store_->get(there.cid)).has_value(); });
}

TEST_F(KuboStoreTest, AFullKuboKeepsTheJournalAndIsStillRead) {
  open();
  const Block old = block(1, 5000), young = block(2, 5000);
  putDurably({old});
  untilReleased();
  kubo_.full = true;
  putDurably({young});
  until([this] { return !store_->kubo().problem.empty(); });
  EXPECT_THAT(store_->kubo().problem, HasSubstr("no space left"));
  expectHas(old);
  expectHas(young);
  kubo_.full = false;
  untilReleased();
  EXPECT_TRUE(kubo_.has(young.cid));
}

TEST_F(KuboStoreTest, WrongBytesAreNeverGivenOutAndTheBlockIsMissingFromThenOn) {
  open();
  const Block b = block(1, 5000), other = block(2, 5000);
  putDurably({b, other});
  store_->markComplete(std::vector{b.cid, other.cid});
  untilReleased();
  kubo_.insert({b.cid, other.data});
  const Error why = getError(b.cid);
  EXPECT_EQ(why.code, Errc::unavailable);
  EXPECT_THAT(why.message, HasSubstr("kubo gave other bytes for block " + b.cid.str()));
  EXPECT_EQ(missing({b.cid, other.cid}), std::vector{b.cid});
  EXPECT_EQ(store_->complete(std::vector{b.cid, other.cid}), (std::vector<bool>{false, false}));
  putDurably({b});  // somebody brings it again
  expectHas(b);
  untilReleased();
  expectHas(b);
}

TEST_F(KuboStoreTest, WhatKuboLostIsMissingAlsoAfterARestart) {
  open();
  const Block b = block(1, 5000);
  putDurably({b});
  untilReleased();
  kubo_.erase(b.cid);
  EXPECT_EQ(getError(b.cid).code, Errc::not_found);
  EXPECT_EQ(missing({b.cid}), std::vector{b.cid});
  open();
  EXPECT_EQ(missing({b.cid}), std::vector{b.cid});
}

TEST_F(KuboStoreTest, CarriesAgainWhatAKuboThatWasRestartedMayHaveLost) {
  kubo_.cannotSync = true;
  open();
  const auto blocks = someBlocks(1, 50, 3000);
  putDurably(blocks);
  until([&] { return kubo_.has(blocks[49].cid); });
  kubo_.restart(dice_);
  for (const Block& b : blocks) kubo_.erase(b.cid);
  kubo_.cannotSync = false;
  untilReleased();
  for (const Block& b : blocks) EXPECT_TRUE(kubo_.has(b.cid));
}

TEST_F(KuboStoreTest, OneBlockThatKuboCannotDecodeKeepsOutNoOther) {
  open();
  const auto blocks = someBlocks(1, 20, 100);
  const Block liar{Cid::of(Codec::raw, Bytes{1}), BlockData::copy(Bytes{2})};
  kubo_.refuse(blocks[3].cid);
  kubo_.refuse(liar.cid);
  auto all = blocks;
  all.push_back(liar);
  putDurably(all);
  untilReleased();
  for (const Block& b : blocks) EXPECT_TRUE(kubo_.has(b.cid));
  EXPECT_FALSE(kubo_.has(liar.cid));
  EXPECT_EQ(missing({liar.cid}), std::vector{liar.cid});
}

TEST_F(KuboStoreTest, OfImportsAtATimeOneThatFailsKeepsTheJournalUntilAllWereTaken) {
  options_.journalBytes = 64 << 20;
  for (int refused : {1, 2, 3, 5}) {
    kubo_.imports = 0;
    kubo_.importToRefuse = refused;
    kubo_.silent = true;
    open();
    const auto blocks = someBlocks(1000 * static_cast<std::uint64_t>(refused), 60, 200'000);  // 12 MB: several batches
    putDurably(blocks);
    kubo_.silent = false;
    untilReleased();
    for (const Block& b : blocks) EXPECT_TRUE(kubo_.has(b.cid)) << refused;
    EXPECT_GT(kubo_.imports, refused);
  }
}

TEST_F(KuboStoreTest, KeepsWhatKuboHasFromElsewhere) {
  open();
  const Block foreign = block(1, 5000);
  kubo_.insert(foreign);
  EXPECT_EQ(missing({foreign.cid}), std::vector{foreign.cid});
  expectHas(foreign);
  ASSERT_TRUE(wait(store_->sync()));
  kubo_.erase(foreign.cid);
  EXPECT_TRUE(missing({foreign.cid}).empty());
  expectHas(foreign);
  EXPECT_EQ(getError(block(2, 100).cid).code, Errc::not_found);
}

}  // namespace
}  // namespace cairn::blocks
