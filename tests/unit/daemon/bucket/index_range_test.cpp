// Differences of a range of keys: a page of a diff costs a page, wherever it begins.
#include <gtest/gtest.h>

#include <random>

#include "memory_blocks.h"

namespace cairn::bucket::index {
namespace {

using test::cborText;
using test::run;
using test::TreeFixture;

std::string keyOf(std::uint64_t n) {
  return "k" + std::to_string(n * 2654435761U % 1000003);
}

std::vector<std::string> keysOf(const std::vector<Difference>& differences) {
  std::vector<std::string> keys;
  for (const auto& d : differences) keys.push_back(d.key);
  return keys;
}

struct Two {
  TreeFixture t;
  Root a, b;
  std::vector<std::string> all;
  explicit Two(std::uint64_t seed, std::uint64_t size = 5000, std::uint64_t changes = 60) {
    std::mt19937_64 rng(seed);
    std::map<std::string, Edit> base, change;
    for (std::uint64_t i = 0; i < size; ++i) base[keyOf(i)] = {keyOf(i), cborText("base"), 1};
    for (std::uint64_t i = 0; i < changes; ++i) {
      const std::string key = keyOf(rng() % (size + size / 4));
      change[key] = rng() % 3 == 0 ? Edit{key, std::nullopt, 0} : Edit{key, cborText("new"), 2};
    }
    a = t.edit({}, list(base)).root;
    b = t.edit(a, list(change)).root;
    all = keysOf(*run(diff(t.source, a, b)));
  }
  static std::vector<Edit> list(const std::map<std::string, Edit>& edits) {
    std::vector<Edit> out;
    for (const auto& [key, edit] : edits) out.push_back(edit);
    return out;
  }
};

TEST(IndexRange, PagesOfADiffAreTheDiff) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Two two(seed);
    ASSERT_GT(two.all.size(), 20U);
    for (const std::size_t limit : {1U, 7U, 1000U}) {
      std::vector<std::string> paged;
      for (std::string from;;) {
        const auto before = two.t.source.visits();
        auto page = keysOf(*run(diff(two.t.source, two.a, two.b, {from, "", limit})));
        EXPECT_LE(two.t.source.visits() - before, 20 + page.size() * 12) << "seed " << seed;
        paged.insert(paged.end(), page.begin(), page.end());
        if (page.size() < limit) break;
        from = page.back() + '\0';
      }
      ASSERT_EQ(paged, two.all) << "seed " << seed << ", limit " << limit;
    }
  }
}

TEST(IndexRange, OfAPrefixOnlyWhatIsInIt) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Two two(seed);
    for (const std::string& prefix : std::initializer_list<std::string>{"k1", "k77", "k9", "x", ""}) {
      std::vector<std::string> wanted;
      for (const auto& key : two.all)
        if (key.starts_with(prefix)) wanted.push_back(key);
      const std::string end = prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1) + char(prefix.back() + 1);
      ASSERT_EQ(keysOf(*run(diff(two.t.source, two.a, two.b, {prefix, end}))), wanted) << prefix;
      ASSERT_EQ(keysOf(*run(diff(two.t.source, two.b, two.a, {prefix, end}))), wanted) << prefix;
    }
    EXPECT_EQ(keysOf(*run(diff(two.t.source, {}, two.a, {"k5", "k6"}))).size(),
              keysOf(*run(diff(two.t.source, two.a, {}, {"k5", "k6"}))).size());
  }
}

TEST(IndexRange, AMergeOfMoreThanItsLimitIsRefused) {
  Two two(3);
  auto merged = run(merge(two.t.source, two.a, two.b, two.a, {"", "", two.all.size() + 1}));
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->edits.size(), two.all.size());
  merged = run(merge(two.t.source, two.a, two.b, two.a, {"", "", two.all.size()}));
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, Errc::too_large);
}

}  // namespace
}  // namespace cairn::bucket::index
