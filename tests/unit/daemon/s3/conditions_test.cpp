#include "daemon/s3/conditions.h"

#include <gtest/gtest.h>

namespace cairn::s3 {
namespace {

using Tags = std::vector<std::string>;

bucket::Entry entryOf(std::int64_t modified) {
  bucket::Entry entry;
  entry.modified = Timestamp(modified);
  return entry;
}

const bucket::Entry kEntry = entryOf(1'000'000'500);
const std::string kTag(32, '0');
const Timestamp kSame(1'000'000'000), kEarlier(999'999'000), kLater(1'000'001'000);

TEST(EntityTags, AreReadWithAndWithoutQuotes) {
  EXPECT_EQ(parseEntityTags("\"a\"", false), Tags{"a"});
  EXPECT_EQ(parseEntityTags("a", false), Tags{"a"});
  EXPECT_EQ(parseEntityTags(" \"a\" , b ,\"c,d\"", false), (Tags{"a", "b", "c,d"}));
  EXPECT_EQ(parseEntityTags("*", false), Tags{"*"});
  EXPECT_EQ(parseEntityTags("W/\"a\"", true), Tags{"a"});
  EXPECT_EQ(parseEntityTags("W/\"a\"", false), Tags{"W/\"a\""});
  EXPECT_EQ(parseEntityTags("", false), Tags{});
  EXPECT_EQ(parseEntityTags(" , ,", false), Tags{});
  EXPECT_EQ(parseEntityTags("\"unclosed", false), Tags{"unclosed"});
  EXPECT_EQ(parseEntityTags("\"", false), Tags{""});
  EXPECT_EQ(parseEntityTags("W/\"", true), Tags{""});
}

TEST(ReadConditions, FollowThePrecedenceOfRfc9110) {
  using enum Verdict;
  const auto verdict = [](ReadConditions c) { return checkRead(c, kEntry); };
  EXPECT_EQ(verdict({}), go_on);
  EXPECT_EQ(verdict({.ifMatch = {kTag}}), go_on);
  EXPECT_EQ(verdict({.ifMatch = {"*"}}), go_on);
  EXPECT_EQ(verdict({.ifMatch = {"x"}}), failed);
  EXPECT_EQ(verdict({.ifMatch = {"x", kTag}}), go_on);
  EXPECT_EQ(verdict({.ifNoneMatch = {kTag}}), not_modified);
  EXPECT_EQ(verdict({.ifNoneMatch = {"*"}}), not_modified);
  EXPECT_EQ(verdict({.ifNoneMatch = {"x"}}), go_on);
  EXPECT_EQ(verdict({.ifModifiedSince = kSame}), not_modified) << "whole seconds are compared";
  EXPECT_EQ(verdict({.ifModifiedSince = kEarlier}), go_on);
  EXPECT_EQ(verdict({.ifUnmodifiedSince = kSame}), go_on);
  EXPECT_EQ(verdict({.ifUnmodifiedSince = kEarlier}), failed);
  // If-Match stands above If-Unmodified-Since, If-None-Match above If-Modified-Since.
  EXPECT_EQ(verdict({.ifMatch = {kTag}, .ifUnmodifiedSince = kEarlier}), go_on);
  EXPECT_EQ(verdict({.ifNoneMatch = {"x"}, .ifModifiedSince = kLater}), go_on);
  // A failed If-Match is told before a matching If-None-Match.
  EXPECT_EQ(verdict({.ifMatch = {"x"}, .ifNoneMatch = {kTag}}), failed);
  EXPECT_EQ(verdict({.ifMatch = {kTag}, .ifNoneMatch = {kTag}}), not_modified);
}

TEST(IfRange, HoldsForTheSameTagOrDate) {
  EXPECT_TRUE(rangeStillValid("\"" + kTag + "\"", kEntry, kLater));
  EXPECT_FALSE(rangeStillValid("\"x\"", kEntry, kLater));
  EXPECT_FALSE(rangeStillValid("W/\"" + kTag + "\"", kEntry, kLater));
  EXPECT_FALSE(rangeStillValid("*", kEntry, kLater));
  EXPECT_TRUE(rangeStillValid("Mon, 12 Jan 1970 13:46:40 GMT", kEntry, kLater));
  EXPECT_FALSE(rangeStillValid("Mon, 12 Jan 1970 13:46:39 GMT", kEntry, kLater));
}

}  // namespace
}  // namespace cairn::s3
