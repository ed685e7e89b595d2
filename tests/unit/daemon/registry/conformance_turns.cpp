// Turns: the hint by which busy masters share a bucket.
#include <thread>

#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::registry::testing {
namespace {

TEST_P(RegistryConformance, ATurnPassesFromItsHolderToWhoAskedFirst) {
  Epoch epoch = enroll("m1");
  enroll("m2");
  BucketId b = bucketNamed("b");
  auto take = [&](const char* master, std::uint32_t milliseconds) {
    auto whose = run(registry_->takeTurn(b, MasterId(master), milliseconds));
    EXPECT_TRUE(whose);
    return whose ? whose->get() : "";
  };
  ASSERT_EQ(flip(next(b, "one", "m1", epoch)).status, FlipStatus::won);
  EXPECT_EQ(rowOf(b).turn, MasterId());
  EXPECT_EQ(take("m1", 600000), "m1");
  EXPECT_EQ(take("m1", 600000), "m1") << "one's own is prolonged";
  EXPECT_EQ(take("m2", 600000), "m1");
  EXPECT_EQ(take("m3", 600000), "m1") << "m2 was first to ask";
  EXPECT_EQ(rowOf(b).turn, MasterId("m1"));
  ASSERT_EQ(flip(next(b, "two", "m1", epoch)).status, FlipStatus::won);
  EXPECT_EQ(rowOf(b).turn, MasterId("m2")) << "winning hands it over";
  EXPECT_EQ(take("m1", 600000), "m2");
  ASSERT_EQ(flip(next(b, "three", "m1", epoch)).status, FlipStatus::won) << "a hint binds nobody";
  EXPECT_EQ(rowOf(b).turn, MasterId("m2"));
  EXPECT_EQ(take("m1", 0), "m2") << "m1 takes back that it asked";
  EXPECT_EQ(take("m3", 600000), "m2");
  EXPECT_EQ(take("m2", 0), "m3");
  EXPECT_EQ(take("m3", 0), "");
}

TEST_P(RegistryConformance, ATurnAndAWishForItExpire) {
  enroll("m1");
  BucketId b = bucketNamed("b");
  ASSERT_TRUE(run(registry_->takeTurn(b, MasterId("m1"), 1)));
  while (*run(registry_->takeTurn(b, MasterId("m2"), 1)) != MasterId("m2")) std::this_thread::yield();
  ASSERT_TRUE(run(registry_->takeTurn(b, MasterId("m2"), 600000)));
  ASSERT_EQ(*run(registry_->takeTurn(b, MasterId("m1"), 1)), MasterId("m2"));
  // m1 has gone away; once its wish is over m3's counts.
  do {
    ASSERT_TRUE(run(registry_->takeTurn(b, MasterId("m3"), 600000)));
    ASSERT_TRUE(run(registry_->takeTurn(b, MasterId("m2"), 0)));
    ASSERT_TRUE(run(registry_->takeTurn(b, MasterId("m1"), 0)));
  } while (*run(registry_->takeTurn(b, MasterId("m2"), 600000)) != MasterId("m3"));
}

}  // namespace
}  // namespace cairn::registry::testing
