// Scopes: what they allow, and that a narrower one never allows more.
#include "common/identity/scope.h"

#include <gtest/gtest.h>

namespace cairn::identity {
namespace {

TEST(Operations, HaveOneSpelling) {
  for (std::string_view text :
       {"read", "write", "list", "delete", "read,write", "read,delete", "read,write,list,delete", "list,delete"}) {
    auto parsed = Operations::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->text(), text);
  }
  for (std::string_view text : {"read,", ",read", "write,read", "read,read", "Read", "read write", "read, write",
                                "remove", "readwrite", "read,writ"})
    EXPECT_FALSE(Operations::parse(text)) << text;
  EXPECT_TRUE(Operations::parse("")->empty());
}

TEST(Scope, AllowsWhatOneOfItsEntriesDoes) {
  auto scope =
      *Scope::make({{"photos", "2026/", {Operation::read, Operation::list}}, {"*", "in/", {Operation::write}}});
  EXPECT_TRUE(scope.allows(Operation::read, "photos", "2026/a"));
  EXPECT_FALSE(scope.allows(Operation::read, "photos", "2025/a"));
  EXPECT_FALSE(scope.allows(Operation::read, "photos", "2026"));
  EXPECT_FALSE(scope.allows(Operation::remove, "photos", "2026/a"));
  EXPECT_FALSE(scope.allows(Operation::read, "photos2", "2026/a"));
  EXPECT_TRUE(scope.allows(Operation::write, "other", "in/x"));
  EXPECT_FALSE(scope.allows(Operation::write, "other", "")) << "making a bucket is no writing under a prefix";
  EXPECT_TRUE(scope.allowsList("photos", "2026/07/"));
  EXPECT_FALSE(scope.allowsList("photos", "20"));
  EXPECT_FALSE(scope.allowsList("photos", ""));
  EXPECT_TRUE(Scope::everything().allows(Operation::remove, "any", "thing"));
  EXPECT_FALSE(Scope().allows(Operation::read, "any", "thing"));
}

TEST(Scope, CoversWhatIsNarrower) {
  auto wide = *Scope::make({{"photos", "2026/", {Operation::read, Operation::list}}});
  auto covers = [&](ScopeEntry entry) { return wide.covers(*Scope::make({std::move(entry)})); };
  EXPECT_TRUE(covers({"photos", "2026/07/", {Operation::read}}));
  EXPECT_TRUE(covers({"photos", "2026/", {Operation::read, Operation::list}}));
  EXPECT_FALSE(covers({"photos", "", {Operation::read}}));
  EXPECT_FALSE(covers({"photos", "2026/", {Operation::write}}));
  EXPECT_FALSE(covers({"*", "2026/", {Operation::read}})) << "all buckets are not within one";
  EXPECT_TRUE(Scope::everything().covers(wide));
  EXPECT_FALSE(wide.covers(Scope::everything()));
}

TEST(Scope, HasBounds) {
  EXPECT_FALSE(Scope::make({}));
  EXPECT_FALSE(Scope::make({{"", "", Operations::all()}}));
  EXPECT_FALSE(Scope::make({{"b", "", {}}}));
  EXPECT_FALSE(Scope::make({{"b", std::string(1025, 'x'), Operations::all()}}));
  EXPECT_TRUE(Scope::make({{"b", std::string(1024, 'x'), Operations::all()}}));
  EXPECT_FALSE(Scope::make({{"b", "", Operations::all()}, {"b", "", Operations::all()}}));
  std::vector<ScopeEntry> many;
  for (int i = 0; i < 65; ++i) many.push_back({"b" + std::to_string(i), "", Operations::all()});
  EXPECT_FALSE(Scope::make(many));
  many.pop_back();
  EXPECT_TRUE(Scope::make(many));
}

}  // namespace
}  // namespace cairn::identity
