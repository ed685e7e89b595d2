#include "daemon/s3/token.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn::s3 {
namespace {

TEST(ContinuationToken, HasTheWrittenForm) {
  // Version 1: kept readable for as long as any client may hold one.
  EXPECT_EQ(continuationToken("photos/2024/1.jpg"), "AUEfCAFwaG90b3MvMjAyNC8xLmpwZw");
  EXPECT_EQ(parseContinuationToken("AUEfCAFwaG90b3MvMjAyNC8xLmpwZw"), "photos/2024/1.jpg");
}

TEST(ContinuationToken, RefusesWhatItDidNotMake) {
  const std::string good = continuationToken("photos/1");
  for (const std::string& bad :
       {std::string(), std::string("x"), good.substr(1), good.substr(0, good.size() - 1), good + "A", good + "=",
        std::string("photos/1"), std::string("ZZZZ"), std::string(10'000, 'A'), "B" + good.substr(1)})
    EXPECT_FALSE(parseContinuationToken(bad)) << bad;
}

RC_GTEST_PROP(ContinuationToken, GivesBackAnyKey, ()) {
  const auto key = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  const std::string token = continuationToken(key);
  RC_ASSERT(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
            std::string::npos);
  RC_ASSERT(parseContinuationToken(token) == key);
}

RC_GTEST_PROP(ContinuationToken, NoticesAnyChange, ()) {
  const auto key = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'z')));
  std::string token = continuationToken(key);
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  const char other = *rc::gen::distinctFrom(rc::gen::inRange<char>('A', 'Z'), token[at]);
  token[at] = other;
  RC_ASSERT(parseContinuationToken(token) != key);
}

}  // namespace
}  // namespace cairn::s3
