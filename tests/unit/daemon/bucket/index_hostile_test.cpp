// Indexes that somebody else made: nodes that are well-formed each and do not fit together. Look-ups and edits refuse
// what they come across, checkShape() whatever is not the tree of its contents.
#include <gtest/gtest.h>

#include "daemon/bucket/index/chunk.h"
#include "daemon/bucket/index/shape.h"
#include "memory_blocks.h"

namespace cairn::bucket::index {
namespace {

using test::cborText;
using test::run;
using test::TreeFixture;

/// An inner item that may lie.
struct Pointer {
  std::string firstKey;
  Cid child;
  std::uint64_t count, weight;
};

Pointer honest(const NodePtr& n) {
  return {std::string(n->key(0)), n->cid(), n->count(), n->weight()};
}

/// Makes nodes by hand and keeps them.
class Forge {
 public:
  TreeFixture t;

  /// Items "k00" + number, of weight 1.
  NodePtr leaf(const std::vector<int>& numbers) {
    std::vector<std::pair<std::string, Bytes>> made;
    for (int n : numbers) {
      std::string key = keyOf(n);
      made.emplace_back(key, encodeLeafItem(key, 1, cborText("v")));
    }
    std::vector<Item> items;
    for (const auto& [key, raw] : made) items.push_back({key, raw, 1, 1});
    return keep(buildNode(0, items));
  }
  NodePtr inner(int level, const std::vector<Pointer>& children) {
    std::vector<Bytes> raw;
    for (const Pointer& p : children) {
      cbor::Writer w(raw.emplace_back());
      w.array(4);
      w.text(p.firstKey);
      w.link(p.child);
      w.uint(p.count);
      w.uint(p.weight);
    }
    std::vector<Item> items;
    for (std::size_t i = 0; i < raw.size(); ++i)
      items.push_back({children[i].firstKey, raw[i], children[i].count, children[i].weight});
    return keep(buildNode(level, items));
  }
  static std::string keyOf(int n) { return "k" + std::to_string(1000 + n); }
  static Root rootOf(const NodePtr& top) { return {top->cid(), top->count(), top->weight()}; }

 private:
  NodePtr keep(NodePtr node) {
    t.blocks.keep({{}, {node}});
    return node;
  }
};

void expectCorrupt(const Status& s, const char* what) {
  ASSERT_FALSE(s.has_value()) << what;
  EXPECT_EQ(s.error().code, Errc::corrupt) << what << ": " << s.error().message;
}

template <class T>
Status statusOf(const Result<T>& result) {
  return result ? Status{} : Status(result.error());
}

Status edited(Forge& forge, const NodePtr& top, const std::string& key, std::optional<Bytes> value) {
  return statusOf(run(apply(forge.t.source, Forge::rootOf(top), {{key, std::move(value), 1}})));
}

/// Everything that comes to the lie on its way to `key`, which is in the tree.
void expectRefused(Forge& forge, const NodePtr& top, const std::string& key) {
  const Root root = Forge::rootOf(top);
  expectCorrupt(edited(forge, top, key, cborText("new")), "putting a value");
  expectCorrupt(edited(forge, top, key + "x", cborText("new")), "inserting");
  expectCorrupt(edited(forge, top, key, std::nullopt), "deleting");
  expectCorrupt(statusOf(run(get(forge.t.source, root, key))), "get");
  expectCorrupt(statusOf(run(rank(forge.t.source, root, key))), "rank");
  expectCorrupt(statusOf(run(diff(forge.t.source, Root{}, root))), "walking");
  expectCorrupt(run(checkShape(forge.t.source, root)), "checkShape");
}

TEST(IndexHostile, ALevelLeftOutIsRefused) {
  Forge f;
  NodePtr a = f.leaf({1, 2}), b = f.leaf({3, 4});
  expectRefused(f, f.inner(2, {honest(a), honest(b)}), Forge::keyOf(4));
}

TEST(IndexHostile, AChildAsHighAsItsParentIsRefused) {
  Forge f;
  NodePtr a = f.leaf({1, 2}), b = f.leaf({3, 4});
  NodePtr low = f.inner(1, {honest(a), honest(b)}), other = f.inner(1, {honest(f.leaf({5, 6}))});
  expectRefused(f, f.inner(1, {honest(low), honest(other)}), Forge::keyOf(6));
}

TEST(IndexHostile, AnotherFirstKeyThanTheParentSaysIsRefused) {
  Forge f;
  NodePtr a = f.leaf({1, 2}), b = f.leaf({4, 5});
  Pointer lie = honest(b);
  lie.firstKey = Forge::keyOf(3);
  expectRefused(f, f.inner(1, {honest(a), lie}), Forge::keyOf(5));
}

TEST(IndexHostile, WrongSumsAreRefused) {
  Forge f;
  NodePtr a = f.leaf({1, 2}), b = f.leaf({3, 4});
  Pointer count = honest(b), weight = honest(b);
  ++count.count;
  --weight.weight;
  expectRefused(f, f.inner(1, {honest(a), count}), Forge::keyOf(4));
  expectRefused(f, f.inner(1, {honest(a), weight}), Forge::keyOf(4));
}

TEST(IndexHostile, NodesThatOverlapAreRefusedByEditsAndTheCheck) {
  Forge f;
  NodePtr a = f.leaf({1, 2, 9}), b = f.leaf({3, 4});
  NodePtr side = f.inner(1, {honest(a), honest(b)});
  // The overlap is between the last leaf of one inner node and the first of the next.
  NodePtr apart = f.inner(2, {honest(f.inner(1, {honest(a)})), honest(f.inner(1, {honest(b)}))});
  for (const NodePtr& top : {side, apart}) {
    expectCorrupt(edited(f, top, Forge::keyOf(2), cborText("new")), "putting a value");
    expectCorrupt(edited(f, top, Forge::keyOf(2) + "x", cborText("new")), "inserting");
    expectCorrupt(run(checkShape(f.t.source, Forge::rootOf(top))), "checkShape");
  }
}

std::vector<int> upTo(int n, bool boundaries) {
  std::vector<int> out;
  for (int i = 0; static_cast<int>(out.size()) < n; ++i)
    if (boundaries == isBoundary(0, Forge::keyOf(i))) out.push_back(i);
  return out;
}

TEST(IndexShape, WhatEditsMakeIsSound) {
  TreeFixture t;
  std::vector<Edit> edits;
  for (int i = 0; i < 9000; ++i) edits.push_back({"k" + std::to_string(10000 + i), cborText("v"), 3});
  Root root = t.edit({}, edits).root;
  EXPECT_TRUE(run(checkShape(t.source, root)).has_value());
  for (int i = 0; i < 9000; i += 7) {
    root = t.edit(root, {{"k" + std::to_string(10000 + i), std::nullopt, 0}}).root;
    if (i % 630 == 0) {
      Status s = run(checkShape(t.source, root));
      ASSERT_TRUE(s.has_value()) << s.error().message;
    }
  }
  EXPECT_TRUE(run(checkShape(t.source, Root{})).has_value());
}

TEST(IndexShape, RootsThatLieAreFound) {
  Forge f;
  NodePtr a = f.leaf(upTo(3, false));
  Root root = Forge::rootOf(a);
  EXPECT_TRUE(run(checkShape(f.t.source, root)).has_value());
  expectCorrupt(run(checkShape(f.t.source, {root.cid, root.count + 1, root.weight})), "count");
  expectCorrupt(run(checkShape(f.t.source, {root.cid, root.count, root.weight + 1})), "weight");
  expectCorrupt(run(checkShape(f.t.source, {{}, 1, 0})), "no nodes");
  expectCorrupt(run(checkShape(f.t.source, Forge::rootOf(f.inner(1, {honest(a)})))), "single child");
}

TEST(IndexShape, NodesCutElsewhereThanTheirKeysSayAreFound) {
  Forge f;
  const std::vector<int> plain = upTo(20, false), boundary = upTo(1, true);
  NodePtr a = f.leaf({plain.begin(), plain.begin() + 10}), b = f.leaf({plain.begin() + 10, plain.end()});
  expectCorrupt(run(checkShape(f.t.source, Forge::rootOf(f.inner(1, {honest(a), honest(b)})))), "two nodes for one");
  std::vector<int> merged{plain.begin(), plain.begin() + 10};
  merged.push_back(boundary[0]);
  std::sort(merged.begin(), merged.end());
  ASSERT_NE(merged.front(), boundary[0]);
  expectCorrupt(run(checkShape(f.t.source, Forge::rootOf(f.leaf(merged)))), "a boundary inside");
}

}  // namespace
}  // namespace cairn::bucket::index
