#include "daemon/s3/names.h"

#include <gtest/gtest.h>

namespace cairn::s3 {
namespace {

TEST(BucketNames, FollowS3sRules) {
  for (const std::string_view good : {"abc", "a-b", "a.b", "123", "0ab", "my.bucket-1", "a--b", "1.2.3.4.5", "1.2.3",
                                      "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"})
    EXPECT_TRUE(validBucketName(good)) << good;
  for (const std::string_view bad : {"",
                                     "ab",
                                     "Abc",
                                     "a_b",
                                     "-ab",
                                     "ab-",
                                     ".ab",
                                     "ab.",
                                     "a..b",
                                     "a.-b",
                                     "a-.b",
                                     "192.168.5.4",
                                     "a b",
                                     "a/b",
                                     "a\nb",
                                     "xn--abc",
                                     "sthree-x",
                                     "abc-s3alias",
                                     "abc--ol-s3",
                                     "b\xC3\xBC"
                                     "cher",
                                     "..",
                                     "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01"})
    EXPECT_FALSE(validBucketName(bad)) << bad;
}

ErrorCode codeOfKey(std::string_view key) {
  const auto ok = checkKey(key);
  return ok ? ErrorCode::InternalError : ok.error().code;
}

TEST(Keys, AnyUtf8From1To1024BytesWithoutNul) {
  for (const std::string& good :
       {std::string("a"), std::string(1024, 'x'), std::string("../../etc/passwd"), std::string("//"),
        std::string("\x01\x1f\x7f"), std::string("\xF0\x9F\x97\xBF"), std::string(" ")})
    EXPECT_TRUE(checkKey(good)) << good;
  EXPECT_EQ(codeOfKey(""), ErrorCode::InvalidRequest);
  EXPECT_EQ(codeOfKey(std::string(1025, 'x')), ErrorCode::KeyTooLongError);
  EXPECT_EQ(codeOfKey(std::string_view("a\0b", 3)), ErrorCode::InvalidArgument);
  EXPECT_EQ(codeOfKey("\xFF"), ErrorCode::InvalidURI);
}

TEST(Utf8, RefusesWhatRfc3629Refuses) {
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "a\xC3(", "\xF0\x9F\x97"})
    EXPECT_FALSE(validUtf8(bad));
  for (const std::string_view good :
       {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(validUtf8(good));
}

}  // namespace
}  // namespace cairn::s3
