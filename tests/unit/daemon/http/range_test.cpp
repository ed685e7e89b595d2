#include "daemon/http/range.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>

namespace cairn::http {
namespace {

struct Case {
  const char* header;
  std::uint64_t size;
  std::optional<Extent> extent;  ///< nullopt: 416
};

class Ranges : public ::testing::TestWithParam<Case> {};

TEST_P(Ranges, Resolve) {
  const auto range = parseRange(GetParam().header);
  ASSERT_TRUE(range) << GetParam().header;
  EXPECT_EQ(resolve(*range, GetParam().size), GetParam().extent);
}

INSTANTIATE_TEST_SUITE_P(Table, Ranges,
                         ::testing::Values(Case{"bytes=0-0", 10, Extent{0, 1}}, Case{"bytes=0-", 10, Extent{0, 10}},
                                           Case{"bytes=9-", 10, Extent{9, 1}}, Case{"bytes=10-", 10, std::nullopt},
                                           Case{"bytes=2-5", 10, Extent{2, 4}}, Case{"bytes=5-100", 10, Extent{5, 5}},
                                           Case{"bytes=-3", 10, Extent{7, 3}}, Case{"bytes=-100", 10, Extent{0, 10}},
                                           Case{"bytes=-0", 10, std::nullopt}, Case{"bytes=0-0", 0, std::nullopt},
                                           Case{"bytes=-5", 0, std::nullopt}, Case{"Bytes = 1 - 2", 10, Extent{1, 2}},
                                           Case{"bytes=0-99999999999999999999999", 10, Extent{0, 10}},
                                           Case{"bytes=99999999999999999999999-", 10, std::nullopt},
                                           Case{"bytes=0-18446744073709551615", 10, Extent{0, 10}}));

TEST(Range, BadSyntaxAndListsMeanNone) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5", "items=0-1",
                             "bytes=1", "bytes=--1", "bytes=1--2", "bytes=+1-2", "bytes=0x1-2", "byte=0-1"})
    EXPECT_FALSE(parseRange(header)) << header;
}

RC_GTEST_PROP(Range, NeverLeavesTheObject, (std::string header, std::uint64_t size)) {
  const auto range = parseRange("bytes=" + header);
  if (!range) return;
  const auto extent = resolve(*range, size);
  if (!extent) return;
  RC_ASSERT(extent->length > 0);
  RC_ASSERT(extent->offset < size);
  RC_ASSERT(extent->length <= size - extent->offset);
}

RC_GTEST_PROP(Range, AnyPairIsClamped, (std::uint64_t first, std::uint64_t more, std::uint16_t size)) {
  const std::uint64_t last = more > std::numeric_limits<std::uint64_t>::max() - first ? ~0ULL : first + more;
  const auto range = parseRange("bytes=" + std::to_string(first) + "-" + std::to_string(last));
  RC_ASSERT(range.has_value());
  const auto extent = resolve(*range, size);
  RC_ASSERT(extent.has_value() == (first < size));
}

}  // namespace
}  // namespace cairn::http
