#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <random>

#include "daemon/bucket/index/chunk.h"
#include "memory_blocks.h"

namespace cairn::bucket::index {
namespace {

using test::cborText;
using test::run;
using test::TreeFixture;
using Model = std::map<std::string, std::pair<std::string, std::uint64_t>>;

std::vector<Edit> asEdits(const Model& model) {
  std::vector<Edit> edits;
  for (const auto& [k, v] : model) edits.push_back({k, cborText(v.first), v.second});
  return edits;
}

std::string keyOf(std::uint64_t n) {
  return "k" + std::to_string(n * 2654435761U % 1000003);
}

/// A few thousand keys so that trees have two or three levels; edits in clusters and at random.
std::vector<Edit> randomEdits(std::mt19937_64& rng, Model& model, std::size_t universe) {
  std::map<std::string, Edit> edits;
  std::size_t n = 1 + rng() % 60;
  std::uint64_t base = rng() % universe;
  bool cluster = rng() % 2 == 0, erase = rng() % 3 == 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::string key = keyOf(cluster ? (base + i) % universe : rng() % universe);
    if (erase || rng() % 4 == 0) {
      edits[key] = {key, std::nullopt, 0};
      model.erase(key);
    } else {
      std::string value(rng() % 60, 'v');
      std::uint64_t weight = rng() % 1000;
      edits[key] = {key, cborText(value), weight};
      model[key] = {value, weight};
    }
  }
  std::vector<Edit> out;
  for (auto& [k, e] : edits) out.push_back(std::move(e));
  return out;
}

void expectSame(TreeFixture& t, const Root& root, const Model& model) {
  std::uint64_t weight = 0;
  for (const auto& [k, v] : model) weight += v.second;
  ASSERT_EQ(root.count, model.size());
  ASSERT_EQ(root.weight, weight);
  auto walk = [&]() -> Task<void> {
    Cursor c(t.source);
    EXPECT_TRUE(c.start(root).has_value());
    EXPECT_TRUE((co_await c.toItem()).has_value());
    for (const auto& [k, v] : model) {
      EXPECT_FALSE(c.atEnd());
      if (c.atEnd()) co_return;
      EXPECT_EQ(c.key(), k);
      EXPECT_EQ(toBytes(c.value()), cborText(v.first));
      c.next();
      EXPECT_TRUE((co_await c.toItem()).has_value());
    }
    EXPECT_TRUE(c.atEnd());
  };
  run(walk());
}

TEST(Index, HistoryDoesNotShowInTheRoot) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 rng(seed);
    TreeFixture t;
    Model model;
    Root root;
    std::size_t universe = seed % 3 == 0 ? 40 : seed % 3 == 1 ? 800 : 6000;
    if (seed % 2 == 0) {
      for (std::size_t i = 0; i < universe; i += 2) model[keyOf(i)] = {"start", 7};
      root = t.edit(root, asEdits(model)).root;
    }
    for (int step = 0; step < 120; ++step) {
      root = t.edit(root, randomEdits(rng, model, universe)).root;
      if (step % 10 != 9) continue;
      TreeFixture fresh;
      ASSERT_EQ(root, fresh.edit({}, asEdits(model)).root);
    }
    expectSame(t, root, model);
    std::vector<Edit> all;
    for (const auto& [k, v] : model) all.push_back({k, std::nullopt, 0});
    EXPECT_EQ(t.edit(root, all).root, Root{});
  }
}

RC_GTEST_PROP(Index, AgreesWithAMap, (std::vector<std::pair<std::uint8_t, std::uint8_t>> steps)) {
  TreeFixture t;
  Model model;
  Root root;
  for (auto [k, v] : steps) {
    std::string key = "key" + std::to_string(k);
    if (v % 3 == 0) {
      model.erase(key);
      root = t.edit(root, {{key, std::nullopt, 0}}).root;
    } else {
      model[key] = {std::string(v, 'x'), v};
      root = t.edit(root, {{key, cborText(std::string(v, 'x')), v}}).root;
    }
  }
  RC_ASSERT(root.count == model.size());
  for (int k = 0; k < 256; ++k) {
    std::string key = "key" + std::to_string(k);
    auto found = run(get(t.source, root, key));
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->has_value() == model.contains(key));
    if (found->has_value()) RC_ASSERT(toBytes((*found)->value) == cborText(model[key].first));
  }
}

TEST(Index, SeekRankAndSelectAgreeWithAMap) {
  TreeFixture t;
  Model model;
  for (int i = 0; i < 3000; ++i) model[keyOf(static_cast<std::uint64_t>(i) * 3)] = {"v", 1};
  Root root = t.edit({}, asEdits(model)).root;
  std::mt19937_64 rng(7);
  for (int i = 0; i < 500; ++i) {
    std::string probe = keyOf(rng() % 9000);
    auto expected = model.lower_bound(probe);
    auto position = static_cast<std::uint64_t>(std::distance(model.begin(), expected));
    ASSERT_EQ(*run(rank(t.source, root, probe)), position);
    auto at = *run(select(t.source, root, position));
    ASSERT_EQ(at.has_value(), expected != model.end());
    if (at) ASSERT_EQ(*at, expected->first);
    auto seek = [&]() -> Task<void> {
      Cursor c(t.source);
      EXPECT_TRUE(c.start(root).has_value());
      EXPECT_TRUE((co_await c.seek(probe)).has_value());
      EXPECT_EQ(c.atEnd(), expected == model.end());
      if (!c.atEnd()) EXPECT_EQ(c.key(), expected->first);
    };
    run(seek());
  }
}

TEST(Index, CostsGrowWithTheLogarithm) {
  struct Size {
    std::uint64_t keys, visits;
  };
  for (Size size : {Size{10, 4}, Size{1000, 8}, Size{200000, 14}}) {
    TreeFixture t;
    std::vector<Edit> edits;
    for (std::uint64_t i = 0; i < size.keys; ++i) {
      char key[16];
      std::snprintf(key, sizeof key, "k%09llu", static_cast<unsigned long long>(i));
      edits.push_back({key, cborText(std::string(120, 'v')), 1});
    }
    Edited built = t.edit({}, std::move(edits));
    std::uint64_t bytes = 0;
    for (const auto& n : built.created) bytes += n->block().size();
    if (size.keys >= 1000) {
      EXPECT_GT(bytes / built.created.size(), 4096U);
      EXPECT_LT(bytes / built.created.size(), 16384U);
    }
    for (std::uint64_t i = 0; i < size.keys; i += size.keys / 10) {
      char key[16];
      std::snprintf(key, sizeof key, "k%09llu", static_cast<unsigned long long>(i));
      auto before = t.source.visits();
      ASSERT_TRUE(run(get(t.source, built.root, key))->has_value());
      EXPECT_LE(t.source.visits() - before, size.visits);
      before = t.source.visits();
      Edited one = t.edit(built.root, {{key, cborText("new"), 1}});
      EXPECT_LE(t.source.visits() - before, 3 * size.visits);
      std::uint64_t rewritten = 0;
      for (const auto& n : one.created) rewritten += n->block().size();
      EXPECT_LE(rewritten, 64U << 10);
    }
  }
}

TEST(Index, DiffCostsItsDifferencesAndMergeKeepsBothSides) {
  std::mt19937_64 rng(11);
  TreeFixture t;
  Model base;
  for (std::uint64_t i = 0; i < 20000; ++i) base[keyOf(i)] = {"base", 1};
  Root root = t.edit({}, asEdits(base)).root;
  for (int round = 0; round < 20; ++round) {
    Model ours = base, theirs = base;
    Root a = t.edit(root, randomEdits(rng, ours, 20000)).root;
    Root b = t.edit(root, randomEdits(rng, theirs, 20000)).root;
    auto before = t.source.visits();
    auto differences = *run(diff(t.source, a, b));
    EXPECT_LE(t.source.visits() - before, 20 + differences.size() * 12);
    Model walked = ours;
    for (const auto& d : differences) {
      ASSERT_NE(d.before, d.after == d.before ? std::nullopt : d.after);
      ASSERT_EQ(d.before.has_value(), ours.contains(d.key));
      ASSERT_EQ(d.after.has_value(), theirs.contains(d.key));
      if (d.after)
        walked[d.key] = theirs[d.key];
      else
        walked.erase(d.key);
    }
    ASSERT_EQ(walked, theirs);

    auto merged = *run(merge(t.source, root, a, b));
    Model expected = theirs;
    std::size_t conflicts = 0;
    for (const auto* side : {&ours, &base})
      for (const auto& [k, v] : *side) {
        auto value = [&](const Model& m) { return m.contains(k) ? std::optional(m.at(k)) : std::nullopt; };
        if (side == &base && ours.contains(k)) continue;
        if (value(ours) == value(base)) continue;
        if (value(theirs) != value(base)) {
          conflicts += value(theirs) != value(ours);
          continue;
        }
        if (value(ours))
          expected[k] = *value(ours);
        else
          expected.erase(k);
      }
    EXPECT_EQ(merged.conflicts.size(), conflicts);
    ASSERT_EQ(t.edit(b, merged.edits).root, TreeFixture().edit({}, asEdits(expected)).root);
  }
}

TEST(Index, HostileNodesAreRefused) {
  TreeFixture t;
  Model model;
  for (std::uint64_t i = 0; i < 300; ++i) model[keyOf(i)] = {"v", 1};
  Edited built = t.edit({}, asEdits(model));
  std::mt19937_64 rng(3);
  for (const auto& node : built.created)
    for (int i = 0; i < 200; ++i) {
      Bytes bytes = toBytes(node->block().view());
      if (i % 4 == 0)
        bytes.resize(rng() % bytes.size());
      else
        bytes[rng() % bytes.size()] ^= static_cast<std::uint8_t>(1 + rng() % 255);
      auto parsed = Node::parse(node->cid(), blocks::BlockData::own(std::move(bytes)));
      if (parsed)  // a flipped bit inside a value is still a well-formed node; its CID tells
        EXPECT_FALSE(node->cid().verifies((*parsed)->block().view()));
      else
        EXPECT_FALSE(parsed.error().message.empty());
    }
}

}  // namespace
}  // namespace cairn::bucket::index
