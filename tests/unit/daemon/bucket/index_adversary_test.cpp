// Keys chosen to defeat the chunking: none a boundary, all boundaries, ranks that make every cut uneven.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/cid/sha256.h"
#include "daemon/bucket/index/chunk.h"
#include "memory_blocks.h"

namespace cairn::bucket::index {
namespace {

using test::TreeFixture;

template <class Accept>
std::vector<std::string> mine(std::size_t wanted, Accept accept) {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; keys.size() < wanted; ++i) {
    char key[24];
    std::snprintf(key, sizeof key, "a%012llu", static_cast<unsigned long long>(i));
    if (accept(std::string(key))) keys.emplace_back(key);
  }
  return keys;
}

void expectSound(const std::vector<std::string>& keys, std::size_t valueBytes, std::size_t mostRewritten = 24) {
  Bytes value = test::cborText(std::string(valueBytes, 'v'));
  TreeFixture whole;
  std::vector<Edit> edits;
  for (const auto& k : keys) edits.push_back({k, value, 1});
  Edited built = whole.edit({}, edits);
  EXPECT_EQ(built.root.count, keys.size());
  int height = 0;
  for (const auto& n : built.created) {
    EXPECT_LT(n->block().size(), 1U << 20);
    EXPECT_LE(n->size(), kMaxItems);
    height = std::max(height, n->level());
  }
  EXPECT_LE(height, 10);
  TreeFixture byTurns;  // the same contents in another order
  std::shuffle(edits.begin(), edits.end(), std::mt19937_64(5));
  Root root;
  for (std::size_t at = 0; at < edits.size(); at += 97) {
    std::vector<Edit> some(edits.begin() + static_cast<std::ptrdiff_t>(at),
                           edits.begin() + static_cast<std::ptrdiff_t>(std::min(at + 97, edits.size())));
    std::sort(some.begin(), some.end(), [](const Edit& a, const Edit& b) { return a.key < b.key; });
    root = byTurns.edit(root, some).root;
  }
  EXPECT_EQ(root, built.root);
  // One more key rewrites little.
  Edited one = whole.edit(built.root, {{keys[keys.size() / 2] + "x", value, 1}});
  EXPECT_LE(one.created.size(), mostRewritten);
}

TEST(IndexAdversary, NoKeyIsABoundary) {
  expectSound(mine(5000, [](const std::string& k) { return !isBoundary(0, k); }), 30);
}

TEST(IndexAdversary, EveryKeyIsABoundaryOnTwoLevels) {
  expectSound(mine(300, [](const std::string& k) { return isBoundary(0, k) && isBoundary(1, k); }), 30);
}

TEST(IndexAdversary, RanksRiseWithTheKeys) {
  std::uint64_t last = 0;
  auto rising = [&](const std::string& k) {
    auto d = sha256(asBytes(k));
    std::uint64_t rank = 0;
    for (std::size_t i = 24; i < 32; ++i) rank = rank << 8 | d[i];
    if (isBoundary(0, k) || rank <= last || rank - last > (UINT64_MAX / 1200)) return false;
    last = rank;
    return true;
  };
  // Every cut falls kMinCut items from the left, so a key in the middle moves the cuts of the rest of its run. The
  // price is the attacker's own bucket's; size and canonical form hold.
  expectSound(mine(1000, rising), 30, 1000 / kMinCut);
}

TEST(IndexAdversary, LongestKeysAndValues) {
  std::vector<std::string> keys;
  for (int i = 0; i < 700; ++i) {
    std::string k(kMaxKey - 1, 'k');  // room for the one more key
    auto n = std::to_string(100000 + i);
    k.replace(k.size() - n.size(), n.size(), n);
    if (!isBoundary(0, k)) keys.push_back(k);
  }
  expectSound(keys, kMaxValue - 3);
}

}  // namespace
}  // namespace cairn::bucket::index
