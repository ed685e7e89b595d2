// What a node marks as complete while it is still catching up: every whole subtree, and nothing above what is missing.
#include "daemon/pinning/local.h"

#include <gtest/gtest.h>

#include "common/cid/cbor.h"
#include "tests/unit/daemon/bucket/masters.h"

namespace cairn::pinning {
namespace {

using blocks::Block;

Block leaf(const std::string& text) {
  return {Cid::of(Codec::raw, asBytes(text)), blocks::BlockData::copy(asBytes(text))};
}

Block over(const std::vector<Block>& children) {
  Bytes data;
  cbor::Writer w(data);
  w.array(children.size());
  for (const Block& c : children) w.link(c.cid);
  return {Cid::of(Codec::dag_cbor, data), blocks::BlockData::own(std::move(data))};
}

class CatchingUpBySubtrees : public ::testing::Test {
 protected:
  HoldAnswer hold(std::vector<Block> blocks) {
    auto answer = fleet.run(fleet[0].local->hold(root.cid, {}, std::move(blocks)));
    CAIRN_ASSERT(answer.has_value());
    return *answer;
  }
  bool marked(const Block& block) { return fleet[0].store->complete(std::span(&block.cid, 1)).front(); }

  test::Fleet fleet{1, true, 0};
  Block a = leaf("a"), b = leaf("b"), late = leaf("comes late"), shared = leaf("in two places");
  Block whole = over({a, b}), broken = over({shared, late}), alsoWhole = over({shared, whole});
  Block aboveBroken = over({alsoWhole, broken}), againBroken = over({broken, a});
  Block root = over({whole, aboveBroken, againBroken});
};

TEST_F(CatchingUpBySubtrees, WhatIsWholeIsMarkedAndNothingAboveWhatIsMissing) {
  const HoldAnswer first = hold({root, whole, aboveBroken, alsoWhole, againBroken, broken, a, b, shared});
  EXPECT_FALSE(first.complete);
  EXPECT_EQ(first.missing, std::vector<Cid>{late.cid}) << "each once, though two reach it";
  for (const Block* block : {&whole, &alsoWhole, &a, &b, &shared}) EXPECT_TRUE(marked(*block)) << block->cid.str();
  for (const Block* block : {&root, &aboveBroken, &againBroken, &broken, &late})
    EXPECT_FALSE(marked(*block)) << block->cid.str();
  EXPECT_TRUE(hold({late}).complete);
  for (const Block* block : {&root, &aboveBroken, &againBroken, &broken, &late})
    EXPECT_TRUE(marked(*block)) << block->cid.str();
}

TEST_F(CatchingUpBySubtrees, EachAnswerNamesWhatTheLastOneUncovered) {
  // Nothing but the root at first: what lies below is asked for as it is seen.
  std::vector<Block> all{whole, broken, alsoWhole, aboveBroken, againBroken, a, b, shared, late};
  std::vector<Block> send{root};
  std::size_t rounds = 0, asked = 0;
  for (;; ++rounds) {
    ASSERT_LT(rounds, 10U);
    const HoldAnswer answer = hold(std::exchange(send, {}));
    if (answer.complete) break;
    asked += answer.missing.size();
    for (const Cid& cid : answer.missing)
      for (const Block& block : all)
        if (block.cid == cid) send.push_back(block);
  }
  EXPECT_EQ(asked, all.size()) << "each block once";
  EXPECT_EQ(rounds, 3U) << "one for each level below the root";
}

/// A base of two leaves, and a root made from it by one more.
class MadeHere : public CatchingUpBySubtrees {
 protected:
  HoldAnswer make(std::vector<Block> blocks, std::vector<Cid> added) {
    auto answer = fleet.run(fleet[0].local->hold(next.cid, {base.cid, std::move(added)}, std::move(blocks)));
    CAIRN_ASSERT(answer.has_value());
    return *answer;
  }
  void keepBase() {
    auto answer = fleet.run(fleet[0].local->hold(base.cid, {}, {base, a, b}));
    CAIRN_ASSERT(answer.has_value() && answer->complete);
  }
  Block base = over({a, b}), inner = over({late, shared}), next = over({base, inner});
};

TEST_F(MadeHere, WithItsBaseCompleteWhatWasAddedIsEnough) {
  keepBase();
  EXPECT_TRUE(make({next, inner, late, shared}, {inner.cid}).complete);
  for (const Block* block : {&next, &inner, &late, &shared}) EXPECT_TRUE(marked(*block)) << block->cid.str();
}

TEST_F(MadeHere, WhatWasAddedAndIsNotHereIsNamed) {
  keepBase();
  const HoldAnswer answer = make({next, inner, shared}, {inner.cid});
  EXPECT_EQ(answer.missing, std::vector<Cid>{late.cid});
  EXPECT_FALSE(marked(next));
  EXPECT_FALSE(marked(inner));
  EXPECT_TRUE(make({late}, {inner.cid}).complete);
  EXPECT_TRUE(marked(next));
}

TEST_F(MadeHere, ABaseThatIsNotCompleteIsLookedThrough) {
  EXPECT_EQ(make({next, inner, late, shared}, {inner.cid}).missing, std::vector<Cid>{base.cid});
  EXPECT_FALSE(marked(next));
  EXPECT_EQ(make({base, b}, {inner.cid}).missing, std::vector<Cid>{a.cid});
  EXPECT_TRUE(make({a}, {inner.cid}).complete);
}

}  // namespace
}  // namespace cairn::pinning
