// Uses of access keys: each key's latest, bounded, and not lost while the registry is away.
#include "daemon/auth/key_uses.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/known_fleet.h"

namespace cairn::auth {
namespace {

class Noting final : public test::NoIdentity {
 public:
  Task<Status> noteUses(std::vector<Use> uses) override {
    ++calls;
    if (during) during();
    if (away) co_return none();
    for (const Use& use : uses) noted[use.id] = use.at.get();
    co_return Status{};
  }
  bool away = false;
  int calls = 0;
  std::function<void()> during;
  std::map<std::string, std::int64_t> noted;
};

class Uses : public ::testing::Test {
 protected:
  Status write() { return fleet.run(uses.write(registry)); }
  test::KnownFleet fleet;
  Noting registry;
  KeyUses uses;
};

TEST_F(Uses, TheLatestOfEachKeyIsWrittenOnce) {
  ASSERT_TRUE(write());
  EXPECT_EQ(registry.calls, 0) << "nobody is troubled with nothing";
  for (std::int64_t at : {5, 9, 7}) uses.note("a", Timestamp(at));
  uses.note("b", Timestamp(1));
  ASSERT_TRUE(write());
  ASSERT_TRUE(write());
  EXPECT_EQ(registry.calls, 1);
  EXPECT_EQ(registry.noted, (std::map<std::string, std::int64_t>{{"a", 9}, {"b", 1}}));
}

TEST_F(Uses, WhatCouldNotBeWrittenIsKept) {
  uses.note("a", Timestamp(5));
  uses.note("b", Timestamp(5));
  registry.away = true;
  registry.during = [&] { uses.note("a", Timestamp(8)); };
  EXPECT_FALSE(write());
  registry.away = false;
  registry.during = nullptr;
  ASSERT_TRUE(write());
  EXPECT_EQ(registry.noted, (std::map<std::string, std::int64_t>{{"a", 8}, {"b", 5}}));
}

TEST_F(Uses, AreBounded) {
  for (std::size_t i = 0; i < 2 * KeyUses::kMost; ++i) uses.note(std::to_string(i), Timestamp(1));
  uses.note("0", Timestamp(2));
  ASSERT_TRUE(write());
  EXPECT_EQ(registry.noted.size(), KeyUses::kMost);
  EXPECT_EQ(registry.noted["0"], 2);
  uses.note("late", Timestamp(3));
  ASSERT_TRUE(write());
  EXPECT_EQ(registry.noted["late"], 3);
}

}  // namespace
}  // namespace cairn::auth
