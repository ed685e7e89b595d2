// Merging two lines of a bucket's history drops nothing of either.
#include "daemon/bucket/reconcile.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "daemon/bucket/entry.h"
#include "memory_blocks.h"

namespace cairn::bucket {
namespace {

using index::Edit;
using index::Root;
using test::run;
using test::TreeFixture;

constexpr std::uint64_t kSize = 5;

/// What is under a key: `content` tells values apart, `modified` only when they were put.
struct Put {
  std::string content;
  std::int64_t modified = 0;
};
using Model = std::map<std::string, Put>;

Bytes encoded(const Put& put) {
  Entry entry;
  entry.content = Cid::of(Codec::raw, asBytes(put.content));
  entry.size = kSize;
  entry.modified = Timestamp(put.modified);
  return encodeEntry(entry);
}

Root treeOf(TreeFixture& t, const Model& model) {
  std::vector<Edit> edits;
  for (const auto& [key, put] : model) edits.push_back({key, encoded(put), kSize});
  return t.edit({}, edits).root;
}

/// key -> encoded entry
std::map<std::string, Bytes> contents(TreeFixture& t, const Root& root) {
  std::map<std::string, Bytes> out;
  for (auto& d : *run(index::diff(t.source, {}, root))) out[d.key] = *d.after;
  return out;
}

Reconciled merged(TreeFixture& t, Root base, Root lost, Root present, std::set<std::string> touched = {}) {
  auto done = run(reconcile(t.source, base, lost, present, {},
                            [&touched](const std::string& key) { return touched.contains(key); }));
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return done ? std::move(*done) : Reconciled{};
}

Model changed(std::mt19937_64& rng, Model model, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) switch (rng() % 4) {
      case 0:
        model.erase(key);
        break;
      case 1:
        model[key] = {"value " + std::to_string(rng() % 3), std::int64_t(rng() % 2)};
        break;
      default:
        break;
    }
  return model;
}

TEST(Reconcile, DropsNothingThatEitherSideWrote) {
  std::vector<std::string> keys;
  for (int i = 0; i < 40; ++i)
    keys.push_back((i % 4 == 0 ? std::string(1000, 'k') : std::string("k")) + std::to_string(i));
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 rng(seed);
    TreeFixture t;
    const Model base = seed % 5 == 0 ? Model() : changed(rng, {}, keys);
    const Root b = treeOf(t, base), l = treeOf(t, changed(rng, base, keys)), p = treeOf(t, changed(rng, base, keys));
    const auto inBase = contents(t, b), lost = contents(t, l), present = contents(t, p);
    const Reconciled plan = merged(t, b, l, p);
    const Root result = t.edit(p, plan.edits).root;
    const auto then = contents(t, result);
    const auto sameContent = [&](const std::string& key, const Bytes& value) {
      return then.contains(key) && decodeEntry(then.at(key), kSize)->content == decodeEntry(value, kSize)->content;
    };
    std::map<std::string, std::string> second;
    for (const SecondName& s : plan.both) second[s.key] = s.name;
    const auto was = [](const auto& map, const std::string& key) {
      const auto found = map.find(key);
      return found == map.end() ? Bytes() : found->second;
    };
    for (const auto& [key, value] : present)
      if (value != was(inBase, key)) ASSERT_EQ(was(then, key), value) << "ours was changed: " << key;
    for (const auto& [key, value] : lost)
      if (value != was(inBase, key))
        ASSERT_TRUE(sameContent(key, value) || (second.contains(key) && was(then, second[key]) == value)) << key;
    for (const auto& [key, value] : inBase)  // what only one side deleted is gone, what none touched is there
      if (was(present, key) == value) ASSERT_EQ(was(then, key), was(lost, key)) << key;
    std::set<std::string> known;
    for (const auto* side : {&lost, &present})
      for (const auto& [key, value] : *side) known.insert(key);
    for (const auto& [key, name] : second) known.insert(name);
    for (const auto& [key, value] : then) ASSERT_TRUE(known.contains(key) && key.size() <= 1024) << key;
    const Reconciled again = merged(t, b, l, result);
    ASSERT_TRUE(again.edits.empty()) << "running it again does nothing more";
    ASSERT_EQ(merged(t, b, l, p).edits.size(), plan.edits.size());
  }
}

TEST(Reconcile, ASecondNameThatIsTakenGivesWay) {
  TreeFixture t;
  const std::string first = secondName("k", encoded({"lost", 0}), kSize);
  const Root base = treeOf(t, {{"k", {"base", 0}}}), lost = treeOf(t, {{"k", {"lost", 0}}});
  const Root present = treeOf(t, {{"k", {"here", 0}}, {first, {"somebody's", 0}}});
  const Reconciled plan = merged(t, base, lost, present);
  ASSERT_EQ(plan.both.size(), 1U);
  EXPECT_EQ(plan.both[0].name, secondName("k", encoded({"lost", 0}), kSize, 1));
  EXPECT_EQ(contents(t, t.edit(present, plan.edits).root).size(), 3U);
}

TEST(Reconcile, TheOtherSideDoesNotTakeAwayOurSecondName) {
  TreeFixture t;
  const std::string second = secondName("k", encoded({"lost", 0}), kSize);
  const Root base = treeOf(t, {{"k", {"base", 0}}, {second, {"lost", 0}}}), lost = treeOf(t, {{"k", {"lost", 0}}});
  const Root present = treeOf(t, {{"k", {"here", 0}}, {second, {"lost", 0}}});
  const Reconciled plan = merged(t, base, lost, present);
  EXPECT_TRUE(plan.edits.empty());
  ASSERT_EQ(plan.both.size(), 1U);
  EXPECT_EQ(plan.both[0].name, second);
}

TEST(Reconcile, WhatTheSameCommitChangesCountsAsChanged) {
  TreeFixture t;
  const Root base = treeOf(t, {{"a", {"base", 0}}, {"b", {"base", 0}}}), lost = treeOf(t, {{"a", {"lost", 0}}});
  const Reconciled plan = merged(t, base, lost, base, {"a", "b"});
  ASSERT_EQ(plan.both.size(), 1U);
  ASSERT_EQ(plan.edits.size(), 1U);
  EXPECT_EQ(plan.edits[0].key, plan.both[0].name);
  EXPECT_EQ(plan.kept, std::vector<std::string>{"b"});
}

TEST(Reconcile, EqualButForTheTimeIsNoConflict) {
  TreeFixture t;
  const Reconciled plan = merged(t, {}, treeOf(t, {{"k", {"v", 1}}}), treeOf(t, {{"k", {"v", 2}}}));
  EXPECT_TRUE(plan.edits.empty() && plan.both.empty() && plan.kept.empty());
}

TEST(Reconcile, SecondNamesOfLongKeysAreCutAtACharacter) {
  const std::string umlauts = [] {
    std::string out = "a";  // so that the cut would fall into a character
    for (int i = 0; i < 511; ++i) out += "\xc3\xa4";
    return out;
  }();
  const std::string name = secondName(umlauts, asBytes("v"), 1);
  EXPECT_LE(name.size(), 1024U);
  EXPECT_EQ(name.find(" (conflict ") % 2, 1U) << "no half character";
  EXPECT_NE(name, secondName(umlauts.substr(0, 1021), asBytes("v"), 1)) << "the digest is of the whole key";
}

}  // namespace
}  // namespace cairn::bucket
