// What an edit may leave alone: the rest of its run when it only puts values, nothing of it when a key comes or goes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "daemon/bucket/index/chunk.h"
#include "memory_blocks.h"

namespace cairn::bucket::index {
namespace {

using test::cborText;
using test::run;
using test::TreeFixture;
using Model = std::map<std::string, std::string>;

Edit putEdit(const std::string& key, const std::string& value) {
  return {key, cborText(value), value.size()};
}

std::vector<Edit> asEdits(const Model& model) {
  std::vector<Edit> edits;
  for (const auto& [k, v] : model) edits.push_back(putEdit(k, v));
  return edits;
}

/// Without boundaries they are one run of leaves, all of which come from cuts.
std::vector<std::string> keysInOrder(std::size_t n, bool withBoundaries) {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; keys.size() < n; ++i)
    if (std::string key = "r" + std::to_string(1000000 + i); withBoundaries || !isBoundary(0, key)) keys.push_back(key);
  return keys;
}

/// Steps are (which key, what to do): the keys with even numbers are there at first.
using Step = std::pair<std::uint16_t, std::uint8_t>;

void expectFreshTree(const std::vector<std::string>& keys, const std::vector<Step>& steps) {
  TreeFixture t;
  Model model;
  for (std::size_t i = 0; i < keys.size(); i += 2) model[keys[i]] = "start";
  Root root = t.edit({}, asEdits(model)).root;
  std::map<std::string, Edit> batch;
  for (auto [which, what] : steps) {
    const bool present = what % 4 != 0;  // most put a value under a key that is there
    const std::string& key = keys[present ? which % keys.size() / 2 * 2 : which % keys.size()];
    if (what % 8 == 1) {
      batch[key] = {key, std::nullopt, 0};
      model.erase(key);
    } else {
      model[key] = "new" + std::to_string(what);
      batch[key] = putEdit(key, model[key]);
    }
  }
  std::vector<Edit> edits;
  for (auto& [key, edit] : batch) edits.push_back(edit);
  RC_ASSERT(t.edit(root, edits).root == TreeFixture().edit({}, asEdits(model)).root);
}

RC_GTEST_PROP(IndexEdit, OneBatchInOneRunGivesTheFreshTree, (std::vector<Step> steps)) {
  static const auto keys = keysInOrder(300, false);
  expectFreshTree(keys, steps);
}

RC_GTEST_PROP(IndexEdit, OneBatchAcrossRunsGivesTheFreshTree, (std::vector<Step> steps)) {
  static const auto keys = keysInOrder(800, true);
  expectFreshTree(keys, steps);
}

TEST(IndexEdit, AValueRewritesOneNodeOfEachLevelHoweverLongItsRun) {
  const auto keys = keysInOrder(20000, false);  // one run of leaves
  Model model;
  for (const auto& k : keys) model[k] = "start";
  TreeFixture t;
  Edited built = t.edit({}, asEdits(model));
  const auto height = static_cast<std::size_t>(built.created.back()->level()) + 1;
  for (std::size_t i = 0; i < keys.size(); i += 1999) {
    const auto before = t.source.visits();
    Edited one = t.edit(built.root, {putEdit(keys[i], "new")});
    EXPECT_EQ(one.created.size(), height);
    EXPECT_LE(t.source.visits() - before, height * height);
    model[keys[i]] = "new";
    EXPECT_EQ(one.root, TreeFixture().edit({}, asEdits(model)).root);
    model[keys[i]] = "start";
  }
}

TEST(IndexEdit, DeletingWhatIsAbsentCreatesNothing) {
  TreeFixture t;
  Model model;
  for (const auto& k : keysInOrder(3000, true)) model[k] = "start";
  const Root root = t.edit({}, asEdits(model)).root;
  for (const char* key : {"a", "r1000500x", "z"}) {
    Edited edited = t.edit(root, {{key, std::nullopt, 0}});
    EXPECT_EQ(edited.root, root);
    EXPECT_TRUE(edited.created.empty());
  }
}

}  // namespace
}  // namespace cairn::bucket::index
