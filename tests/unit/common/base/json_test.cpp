#include "common/base/json.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(Json, DepthAndNumbers) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parseJson(nested(kMaxJsonDepth)));
  EXPECT_FALSE(parseJson(nested(kMaxJsonDepth + 2)));
  for (const char* good : {"0", "-0", "1.5", "1e3", "1E-3", "-12.25e+2", " true ", "null", "\"\\ud83d\\ude00\""})
    EXPECT_TRUE(parseJson(good)) << good;
  for (const char* bad : {"01",
                          "+1",
                          ".5",
                          "1.",
                          "1e",
                          "0x1",
                          "nan",
                          "Infinity",
                          "tru",
                          "nulll",
                          "\"\\ud83d\"",
                          "\"\\ude00\"",
                          "\"\\x\"",
                          "\"",
                          "\"\t\"",
                          "\xEF\xBB\xBF{}",
                          "\"\xC0\x80\"",
                          "\"\xED\xA0\x80\"",
                          "\"\xF4\x90\x80\x80\"",
                          "[1,]",
                          "{\"a\" 1}",
                          "1 2",
                          ""})
    EXPECT_FALSE(parseJson(bad)) << bad;
}

TEST(Json, ANumberKeepsItsText) {
  for (const char* number : {"115792089237316195423570985008687907853269984665640564039457584007913129639935", "-0",
                             "1.50", "1E+2", "9007199254740993"}) {
    const auto value = parseJson(number);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->kind, Json::Kind::number);
    EXPECT_EQ(value->text, number);
  }
  EXPECT_EQ(parseJson("9007199254740993")->number, 9007199254740992.0);
  EXPECT_FALSE(parseJson("1e400"));
}

TEST(Json, ARefusalSaysWhereAndWhy) {
  const auto refusal = [](std::string_view text, int depth = kMaxJsonDepth) {
    const auto value = readJson(text, depth);
    return value ? "taken" : value.error().message;
  };
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "not strict JSON at byte 11: a name twice in an object");
  EXPECT_EQ(refusal("[1] 2"), "not strict JSON at byte 4: something after the end of the value");
  EXPECT_EQ(refusal("\"\xff\""), "not strict JSON at byte 1: invalid UTF-8");
  EXPECT_EQ(refusal("\"a\nb\""), "not strict JSON at byte 2: a control character in a string");
  EXPECT_EQ(refusal("\"\\udc00\""), "not strict JSON at byte 7: half a surrogate pair");
  EXPECT_EQ(refusal("[1e999]"), "not strict JSON at byte 6: a number that a double cannot hold");
  EXPECT_EQ(refusal("[1,]"), "not strict JSON at byte 3: not what RFC 8259 allows here");
  EXPECT_EQ(refusal("[[1]]", 1), "not strict JSON at byte 2: nested too deeply");
  EXPECT_EQ(refusal("[[1]]", 2), "taken");
}

}  // namespace
}  // namespace cairn
