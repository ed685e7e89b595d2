#include "daemon/s3/dates.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn::s3 {
namespace {

const Timestamp kNow(1'800'000'000'000);

TEST(Dates, AreWrittenAsS3WritesThem) {
  EXPECT_EQ(httpDate(Timestamp(784111777'000)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(httpDate(Timestamp(784111777'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(isoDate(Timestamp(784111777'045)), "1994-11-06T08:49:37.045Z");
  EXPECT_EQ(isoDate(Timestamp(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(isoDate(Timestamp(951782400'000)), "2000-02-29T00:00:00.000Z");
}

TEST(Dates, ReadAllThreeFormsOfRfc9110) {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parseHttpDate(text, kNow), Timestamp(784111777'000)) << text;
  EXPECT_EQ(parseIsoDate("1994-11-06T08:49:37Z"), Timestamp(784111777'000));
  EXPECT_EQ(parseIsoDate("1994-11-06T08:49:37.045Z"), Timestamp(784111777'045));
}

TEST(Dates, RefuseAnythingElse) {
  for (const std::string_view text :
       {"", "x", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 30 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Foo, 06 Nov 1994 08:49:37 GMT", "784111777", "Sun, 06 Nov -994 08:49:37 GMT"})
    EXPECT_FALSE(parseHttpDate(text, kNow)) << text;
  for (const std::string_view text :
       {"", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z", "1994-11-06 08:49:37Z"})
    EXPECT_FALSE(parseIsoDate(text)) << text;
}

RC_GTEST_PROP(Dates, ReadWhatTheyWrote, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(0, 253402300799);
  const Timestamp at(seconds * 1000);
  RC_ASSERT(parseHttpDate(httpDate(at), kNow) == at);
  const Timestamp fine(seconds * 1000 + *rc::gen::inRange(0, 1000));
  RC_ASSERT(parseIsoDate(isoDate(fine)) == fine);
}

}  // namespace
}  // namespace cairn::s3
