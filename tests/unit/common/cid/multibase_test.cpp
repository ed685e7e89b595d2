#include "common/cid/multibase.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn {
namespace {

TEST(Multibase, ReadsTheSpecificationsExample) {
  // "yes mani !" in the multibase project's own test table.
  for (const std::string_view text :
       {"bpfsxgidnmfxgsibb", "BPFSXGIDNMFXGSIBB", "f796573206d616e692021", "F796573206D616E692021", "k2lcpzo5yikidynfl",
        "K2LCPZO5YIKIDYNFL", "meWVzIG1hbmkgIQ", "ueWVzIG1hbmkgIQ", "z7paNL19xttacUY"}) {
    const auto bytes = decodeMultibase(text);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(asText(*bytes), "yes mani !") << text;
  }
}

TEST(Multibase, KeepsLeadingZeros) {
  EXPECT_EQ(decodeMultibase("z1112"), (Bytes{0, 0, 0, 1}));
  EXPECT_EQ(decodeMultibase("k001"), (Bytes{0, 0, 1}));
}

TEST(Multibase, RefusesEverySecondSpelling) {
  EXPECT_EQ(decodeMultibase("baa"), Bytes{0});
  EXPECT_FALSE(decodeMultibase("bab")) << "spare bits that are not zero";
  EXPECT_FALSE(decodeMultibase("baaa")) << "a spare character";
  EXPECT_FALSE(decodeMultibase("bAA")) << "upper case under the lower case prefix";
  EXPECT_FALSE(decodeMultibase("baa======")) << "padding";
  EXPECT_FALSE(decodeMultibase("f0")) << "half a byte";
}

TEST(Multibase, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "x41", "z0", "zl", "b1", "mAA-A"})
    EXPECT_FALSE(decodeMultibase(text)) << text;
  EXPECT_FALSE(decodeMultibase("b" + std::string(kMaxMultibaseText, 'a')));
}

RC_GTEST_PROP(Multibase, Base32RoundTrips, ()) {
  const auto bytes = *rc::gen::resize(200, rc::gen::arbitrary<Bytes>());
  RC_ASSERT(decodeMultibase(encodeBase32(bytes)) == bytes);
}

RC_GTEST_PROP(Multibase, AcceptedBase32IsTheOneSpelling, ()) {
  const auto text =
      "b" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz234567")));
  if (const auto bytes = decodeMultibase(text)) RC_ASSERT(encodeBase32(*bytes) == text);
}

}  // namespace
}  // namespace cairn
