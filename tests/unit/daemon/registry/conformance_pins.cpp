// What every engine must do about pins: rows, filters, pages, claims.
#include "tests/unit/daemon/registry/conformance_pins.h"

namespace cairn::registry::testing {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PinConformance);

namespace {

using std::chrono::milliseconds;

PinRow pin(const std::string& id, const std::string& content, const std::string& owner = "alice") {
  PinRow row;
  row.id = id;
  row.owner = OwnerId(owner);
  row.root = Cid::of(Codec::raw, asBytes(content));
  row.cid = row.root.str();
  return row;
}

PinRow named(const std::string& id, const std::string& name, const std::string& folded, PinMeta meta = {}) {
  PinRow row = pin(id, id);
  row.name = name;
  row.foldedName = folded;
  row.meta = std::move(meta);
  return row;
}

TEST_P(PinConformance, KeepsAllThatItIsGiven) {
  PinRow row = named("1", "Füße \"a\\b\"\n", "füsse \"a\\b\"\n", {{"a \"key\"", "väl\nue"}, {"empty", ""}});
  row.origins = {"/dns4/example.com/tcp/443/https", "/ip4/192.0.2.1/tcp/4001"};
  row.cid = "QmSpelledInAnotherWay";
  const PinRow made = add(row);
  EXPECT_GT(made.createdAt.get(), 1'600'000'000'000);
  for (const PinRow& got : {made, *run(pins().find(OwnerId("alice"), "1"))}) {
    EXPECT_EQ(std::tie(got.id, got.owner, got.root, got.cid, got.name, got.foldedName, got.origins, got.meta),
              std::tie(row.id, row.owner, row.root, row.cid, row.name, row.foldedName, row.origins, row.meta));
    EXPECT_EQ(got.state, PinState::queued);
    EXPECT_FALSE(got.proved);
    EXPECT_EQ(got.createdAt, made.createdAt);
    EXPECT_LT(got.age, 600'000);
  }
}

TEST_P(PinConformance, IsOfItsOwnerAlone) {
  add(pin("1", "x"));
  EXPECT_EQ(run(pins().find(OwnerId("bob"), "1")).error().code, Errc::not_found);
  EXPECT_EQ(errorOf(run(pins().remove(OwnerId("bob"), "1"))), Errc::not_found);
  EXPECT_EQ(run(pins().replace("1", pin("2", "y", "bob"))).error().code, Errc::not_found);
  EXPECT_EQ(listed({}, "bob"), "");
  EXPECT_TRUE(run(pins().remove(OwnerId("alice"), "1")));
  EXPECT_EQ(errorOf(run(pins().remove(OwnerId("alice"), "1"))), Errc::not_found);
}

TEST_P(PinConformance, AskingAgainChangesNothing) {
  const PinRow first = add(pin("1", "x"));
  EXPECT_EQ(add(pin("1", "x")).createdAt, first.createdAt);
  const auto replaced = run(pins().replace("1", pin("2", "y")));
  ASSERT_TRUE(replaced);
  const auto again = run(pins().replace("1", pin("2", "y")));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->createdAt, replaced->createdAt);
  EXPECT_EQ(listed({}), "2");
}

TEST_P(PinConformance, AnOwnerHasNoMoreThanHeMay) {
  add(pin("1", "x"));
  EXPECT_TRUE(run(pins().add(pin("2", "x"), 2)));
  EXPECT_EQ(run(pins().add(pin("3", "x"), 2)).error().code, Errc::too_large);
  EXPECT_TRUE(run(pins().add(pin("4", "x", "bob"), 2)));
  EXPECT_TRUE(run(pins().replace("1", pin("5", "x"))));
}

TEST_P(PinConformance, PagesByTimesThatAreAllDifferent) {
  std::vector<PinRow> made;
  for (int i = 0; i < 25; ++i) made.push_back(add(pin(std::to_string(i), "x")));
  for (std::size_t i = 1; i < made.size(); ++i) EXPECT_LT(made[i - 1].createdAt, made[i].createdAt);
  PinFilter filter;
  std::string all;
  for (;;) {
    const auto page = run(pins().list(OwnerId("alice"), filter));
    ASSERT_TRUE(page);
    if (page->rows.empty()) break;
    EXPECT_EQ(page->count, filter.before ? 25 - std::count(all.begin(), all.end(), ' ') : 25);
    for (const PinRow& row : page->rows) all += row.id + " ";
    filter.before = page->rows.back().createdAt;
  }
  EXPECT_EQ(all, "24 23 22 21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 ");
  filter.after = made[3].createdAt;
  filter.before = made[6].createdAt;
  EXPECT_EQ(listed(filter), "5 4");
}

TEST_P(PinConformance, FiltersByNameInFourWays) {
  add(named("1", "Precious", "precious"));
  add(named("2", "precious", "precious"));
  add(named("3", "My Precious %_", "my precious %_"));
  add(named("4", "", ""));
  const auto by = [](const char* name, bool ignoreCase, bool partial) {
    PinFilter f;
    f.name = name;
    f.ignoreCase = ignoreCase;
    f.partial = partial;
    return f;
  };
  EXPECT_EQ(listed(by("Precious", false, false)), "1");
  EXPECT_EQ(listed(by("precious", true, false)), "2 1");
  EXPECT_EQ(listed(by("Precious", false, true)), "3 1");
  EXPECT_EQ(listed(by("precious", true, true)), "3 2 1");
  EXPECT_EQ(listed(by("s%", false, true)), "") << "nothing in a name is a pattern";
  EXPECT_EQ(listed(by("%_", false, true)), "3");
  EXPECT_EQ(listed(by("", false, false)), "4");
}

TEST_P(PinConformance, FiltersByRootStateAndMeta) {
  add(named("1", "", "", {{"app", "one"}, {"k\"ey", "v\\al"}}));
  add(named("2", "", "", {{"app", "two"}}));
  add(named("3", "", ""));
  PinFilter f;
  f.roots = {Cid::of(Codec::raw, asBytes("1")), Cid::of(Codec::raw, asBytes("3")), Cid::of(Codec::raw, asBytes("9"))};
  EXPECT_EQ(listed(f), "3 1");
  f = {};
  f.meta = {{"app", "one"}};
  EXPECT_EQ(listed(f), "1");
  f.meta = {{"app", "one"}, {"k\"ey", "v\\al"}};
  EXPECT_EQ(listed(f), "1");
  f.meta = {{"app", "one"}, {"k\"ey", "else"}};
  EXPECT_EQ(listed(f), "");
  f = {};
  for (const PinRow& row : claim("m1", 10))
    if (row.id == "2") ASSERT_TRUE(report(row, PinState::pinned));
  f.states = {PinState::pinned};
  EXPECT_EQ(listed(f), "2");
  f.states = {PinState::pinned, PinState::pinning};
  EXPECT_EQ(listed(f), "3 2 1");
  EXPECT_EQ(*run(pins().counts()), (std::map<PinState, std::uint64_t>{{PinState::pinned, 1}, {PinState::pinning, 2}}));
}

TEST_P(PinConformance, OneMasterWorksOnAPinUntilItsLeaseIsOver) {
  add(pin("1", "x"));
  const auto first = claim("m1", 10, milliseconds(1));
  ASSERT_EQ(first.size(), 1);
  EXPECT_EQ(first.front().state, PinState::pinning);
  std::vector<PinRow> second;
  while (second.empty()) second = claim("m2", 10);
  EXPECT_EQ(second.front().attempts, 2);
  EXPECT_EQ(claim("m3", 10).size(), 0);
  EXPECT_EQ(errorOf(report(first.front(), PinState::pinned)), Errc::not_found) << "it was taken over";
  EXPECT_TRUE(report(second.front(), PinState::pinning, "half", milliseconds(600'000)));
  EXPECT_EQ(run(pins().find(OwnerId("alice"), "1"))->details, "half");
  EXPECT_EQ(claim("m3", 10).size(), 0);
  EXPECT_TRUE(report(second.front(), PinState::queued, "later", milliseconds(600'000)));
  EXPECT_EQ(claim("m3", 10).size(), 0) << "not due yet";
  EXPECT_EQ(errorOf(report(second.front(), PinState::pinned)), Errc::not_found) << "it was given back";
}

TEST_P(PinConformance, WhatEndedOrWasRemovedIsNobodysWork) {
  add(pin("1", "x"));
  add(pin("2", "x"));
  add(pin("3", "x"));
  for (const PinRow& row : claim("m1", 10)) {
    if (row.id == "1") EXPECT_TRUE(report(row, PinState::pinned));
    if (row.id == "2") EXPECT_TRUE(report(row, PinState::failed, "why"));
    if (row.id != "3") continue;
    ASSERT_TRUE(run(pins().remove(OwnerId("alice"), "3")));
    EXPECT_EQ(errorOf(report(row, PinState::pinned)), Errc::not_found);
  }
  EXPECT_EQ(claim("m1", 10).size(), 0);
  EXPECT_TRUE(run(pins().find(OwnerId("alice"), "1"))->proved);
  EXPECT_EQ(run(pins().find(OwnerId("alice"), "2"))->details, "why");
}

TEST_P(PinConformance, WhoHasManyWaitingHoldsUpNobody) {
  for (int i = 0; i < 20; ++i) add(pin("a" + std::to_string(i), "x"));
  add(pin("b", "x", "bob"));
  std::string owners;
  for (const PinRow& row : claim("m1", 2)) owners += row.owner.get() + " ";
  EXPECT_TRUE(owners == "alice bob " || owners == "bob alice ") << owners;
}

}  // namespace
}  // namespace cairn::registry::testing
