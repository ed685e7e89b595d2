// The past: roots found by their CID, and history that is thinned.
#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::registry::testing {
namespace {

TEST_P(RegistryConformance, ARootIsFoundByItsNewestVersionInItsOwnBucket) {
  const Epoch epoch = enroll("m1");
  const BucketId b = bucketNamed("b"), other = bucketNamed("b", "another");
  for (const char* root : {"one", "two", "one", "three", ""})
    ASSERT_EQ(flip(next(b, root, "m1", epoch)).status, FlipStatus::won);
  ASSERT_EQ(flip(next(other, "four", "m1", epoch)).status, FlipStatus::won);
  const auto versionOf = [&](const BucketId& bucket, const char* root) {
    auto row = run(registry_->historyOfRoot(bucket, rootNamed(root)));
    EXPECT_TRUE(row);
    return row && *row ? (*row)->version.get() : 0;
  };
  EXPECT_EQ(versionOf(b, "one"), 3U);
  EXPECT_EQ(versionOf(b, "three"), 4U);
  EXPECT_EQ(versionOf(b, "four"), 0U);
  EXPECT_EQ(versionOf(other, "four"), 1U);
  EXPECT_EQ(versionOf(other, "one"), 0U);
  auto row = run(registry_->historyOfRoot(b, rootNamed("two")));
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->bucket, b);
  EXPECT_EQ((*row)->previousRoot, rootNamed("one"));
}

TEST_P(RegistryConformance, ThinningPutsACheckpointInPlaceOfWholeOldRanges) {
  const Epoch epoch = enroll("m1");
  const BucketId b = bucketNamed("b");
  for (const char* root : {"1", "2", "3", "4", "5", "6"})
    ASSERT_EQ(flip(next(b, root, "m1", epoch)).status, FlipStatus::won);
  const auto thin = [&](std::uint64_t from, std::uint64_t to, Duration age = {}) {
    return run(registry_->thin({b, Version(from), Version(to), toBytes(asBytes("proof"))}, age));
  };
  const auto versions = [&] {
    std::vector<std::uint64_t> out;
    for (const auto& row : *run(registry_->history(b, Version(0), Version(100), 100))) out.push_back(row.version.get());
    return out;
  };
  using Versions = std::vector<std::uint64_t>;
  for (const auto& [from, to] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{5, 6}, {6, 6}, {0, 2}, {4, 3}, {7, 9}})
    EXPECT_EQ(thin(from, to).error().code, Errc::precondition) << from << "-" << to;
  EXPECT_EQ(thin(2, 3, std::chrono::hours(1)).error().code, Errc::precondition) << "too young";
  EXPECT_EQ(versions(), (Versions{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(run(registry_->thinned(b, Version(0), 10))->empty());
  ASSERT_TRUE(thin(2, 3));
  EXPECT_EQ(versions(), (Versions{1, 4, 5, 6}));
  EXPECT_EQ(thin(2, 3).error().code, Errc::precondition) << "another was first";
  EXPECT_EQ(thin(3, 4).error().code, Errc::precondition);
  ASSERT_TRUE(thin(4, 4));
  auto left = *run(registry_->thinned(b, Version(0), 10));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].from, Version(2));
  EXPECT_EQ(left[0].to, Version(3));
  EXPECT_EQ(left[0].checkpoint, toBytes(asBytes("proof")));
  EXPECT_EQ(left[1].from, Version(4));
  EXPECT_EQ(run(registry_->thinned(b, Version(3), 10))->size(), 1U);
  EXPECT_EQ(run(registry_->thinned(b, Version(0), 1))->size(), 1U);
  EXPECT_EQ(flip(next(b, "7", "m1", epoch)).status, FlipStatus::won);
}

}  // namespace
}  // namespace cairn::registry::testing
