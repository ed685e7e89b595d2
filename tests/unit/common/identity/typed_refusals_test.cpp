// What typed data must be refused for, and in which words: each kind of mistake names the place and the reason.
#include <gtest/gtest.h>

#include <chrono>

#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

/// A document with one member `v` of the given type and value, and more struct types if wanted.
std::string one(std::string_view type, std::string_view value, std::string_view more = "") {
  return R"({"types":{"EIP712Domain":[],"T":[{"name":"v","type":")" + std::string(type) + "\"}]" + std::string(more) +
         R"(},"primaryType":"T","domain":{},"message":{"v":)" + std::string(value) + "}}";
}

std::string refusal(std::string_view document) {
  const auto data = TypedData::parse(document);
  return data ? "taken" : data.error().message;
}
std::string valueRefusal(std::string_view type, std::string_view value) {
  return refusal(one(type, value));
}
/// The type is refused, whatever the value.
std::string typeRefusal(std::string_view type) {
  return refusal(one(type, "0"));
}
bool takes(std::string_view type, std::string_view value) {
  const auto data = TypedData::parse(one(type, value));
  EXPECT_TRUE(data) << type << " " << value << ": " << data.error().message;
  return data.has_value();
}

TEST(TypedRefusals, RangesOfIntegers) {
  struct Range {
    std::string_view type, low, high, tooLow, tooHigh;
  };
  const Range kRanges[] = {
      {"uint8", "0", "255", "-1", "256"},
      {"int8", "-128", "127", "-129", "128"},
      {"uint16", "0", "65535", "-1", "65536"},
      {"int64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "9223372036854775808"},
      {"uint256", "0", "115792089237316195423570985008687907853269984665640564039457584007913129639935", "-1",
       "115792089237316195423570985008687907853269984665640564039457584007913129639936"},
      {"int256", "-57896044618658097711785492504343953926634992332820282019728792003956564819968",
       "57896044618658097711785492504343953926634992332820282019728792003956564819967",
       "-57896044618658097711785492504343953926634992332820282019728792003956564819969",
       "57896044618658097711785492504343953926634992332820282019728792003956564819968"}};
  for (const Range& range : kRanges) {
    for (const std::string_view good : {range.low, range.high}) {
      const std::string number(good), text = "\"" + number + "\"";
      ASSERT_TRUE(takes(range.type, number) && takes(range.type, text));
      EXPECT_EQ(TypedData::parse(one(range.type, number))->digest(), TypedData::parse(one(range.type, text))->digest());
    }
    for (const std::string_view bad : {range.tooLow, range.tooHigh}) {
      EXPECT_NE(valueRefusal(range.type, bad), "taken") << range.type << " " << bad;
      EXPECT_NE(valueRefusal(range.type, "\"" + std::string(bad) + "\""), "taken") << range.type << " " << bad;
    }
  }
}

TEST(TypedRefusals, SpellingsOfIntegers) {
  const auto digest = [](std::string_view value) { return TypedData::parse(one("uint256", value))->digest(); };
  for (const std::string_view same : {"\"255\"", "\"0xff\"", "\"0xFF\"", "\"0x0ff\"", "\"0x00ff\""})
    ASSERT_TRUE(takes("uint256", same) && digest(same) == digest("255")) << same;
  EXPECT_TRUE(takes("uint256", "\"0x" + std::string(64, 'f') + "\""));
  for (const std::string_view bad :
       {"1.0",     "1e2",     "1.5",     "-0",       "true",   "null",   "[]",     "{}",     "\"\"",
        "\"0x\"",  "\"-\"",   "\"+1\"",  "\" 1\"",   "\"1 \"", "\"01\"", "\"00\"", "\"-0\"", "\"1e2\"",
        "\"1.0\"", "\"0X1\"", "\"0xg\"", "\"-0x1\"", "\"1n\"", "\"ff\"", "\"١\""})
    EXPECT_NE(valueRefusal("int256", bad), "taken") << bad;
  EXPECT_NE(valueRefusal("uint256", "\"0x" + std::string(65, '0') + "\""), "taken");
  EXPECT_NE(valueRefusal("uint256", "\"" + std::string(200000, '9') + "\""), "taken");
}

TEST(TypedRefusals, EachValueSaysWhereAndWhy) {
  EXPECT_EQ(valueRefusal("bool", "1"), "message.v: expected true or false, found a number (bool)");
  EXPECT_EQ(valueRefusal("bool", "\"true\""), "message.v: expected true or false, found a string (bool)");
  EXPECT_EQ(valueRefusal("string", "null"), "message.v: expected a string, found null (string)");
  EXPECT_EQ(valueRefusal("uint8", "256"), "message.v: the integer is out of the range of its type (uint8)");
  EXPECT_EQ(valueRefusal("uint8", "-1"), "message.v: a uint cannot be negative (uint8)");
  EXPECT_EQ(valueRefusal("bytes2", "\"0x123456\""), "message.v: expected exactly 2 bytes, found 3 (bytes2)");
  EXPECT_EQ(valueRefusal("bytes2", "\"0x12\""), "message.v: expected exactly 2 bytes, found 1 (bytes2)");
  EXPECT_EQ(valueRefusal("bytes", "\"text\""), "message.v: bytes are written as 0x and hexadecimal digits (bytes)");
  EXPECT_EQ(valueRefusal("bytes", "\"0x1\""), "message.v: what follows 0x is not hexadecimal digits in pairs (bytes)");
  EXPECT_NE(valueRefusal("address", "\"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD827\"").find("EIP-55"),
            std::string::npos);
  EXPECT_EQ(valueRefusal("uint8[]", "7"), "message.v: expected an array (uint8[])");
  EXPECT_EQ(valueRefusal("uint8[]", "null"), "message.v: expected an array (uint8[])");
  EXPECT_EQ(valueRefusal("uint8[2]", "[1]"), "message.v: expected 2 items, found 1 (uint8[2])");
  EXPECT_EQ(valueRefusal("uint8[2][]", "[[1,2],[3]]"), "message.v[1]: expected 2 items, found 1 (uint8[2][])");
  EXPECT_EQ(valueRefusal("uint8[2][]", "[[1,2],[3,\"x\"]]").substr(0, 16), "message.v[1][1]:");
  const std::string_view kMore = R"(,"U":[{"name":"w","type":"uint8"}])";
  EXPECT_EQ(refusal(one("U[]", R"([{"w":1},{}])", kMore)), "message.v[1].w: is missing (uint8)");
  EXPECT_EQ(refusal(one("U", R"({"w":1,"x":2})", kMore)), "message.v: has a member that U does not: x");
  EXPECT_EQ(refusal(one("U", "7", kMore)), "message.v: expected an object (struct U)");
  EXPECT_EQ(refusal(one("U[]", "[[]]", kMore)), "message.v[0]: expected an object (struct U)");
}

TEST(TypedRefusals, Types) {
  for (const std::string_view bad : {"uint",
                                     "int",
                                     "uint0",
                                     "uint7",
                                     "uint08",
                                     "uint264",
                                     "int1",
                                     "int512",
                                     "bytes0",
                                     "bytes33",
                                     "bytes01",
                                     "byte",
                                     "function",
                                     "fixed128x18",
                                     "Uint8",
                                     "uint8 ",
                                     " uint8",
                                     "uint8[",
                                     "uint8]",
                                     "uint8[]x",
                                     "uint8[0]",
                                     "uint8[01]",
                                     "uint8[-1]",
                                     "uint8[ ]",
                                     "uint8[1048577]",
                                     "uint8[18446744073709551617]",
                                     "[]",
                                     "",
                                     "U",
                                     "tuple",
                                     "T2"})
    EXPECT_EQ(typeRefusal(bad).substr(0, 11), "types.T.v: ") << bad;
  EXPECT_EQ(typeRefusal("uint"), "types.T.v: EIP-712 has no type uint without a size; write uint256");
  EXPECT_NE(typeRefusal("uint8[][][][][][][][][]"), "taken");
  EXPECT_TRUE(takes("uint8[][][][][][][][]", "[]"));
}

TEST(TypedRefusals, StructsAndMembers) {
  const auto types = [](std::string_view more) { return refusal(one("uint8", "1", more)); };
  EXPECT_EQ(types(R"(,"U":[])"), "taken");
  for (const std::string_view name :
       {"uint8", "address", "string", "bytes", "bytes99", "uint7", "int", "bool", "function"})
    EXPECT_NE(types(",\"" + std::string(name) + "\":[]").find("it is atomic"), std::string::npos) << name;
  for (const std::string_view name : {"", "1U", "U V", "U(", "U,V", "U[]", "Ü", ":U", "U)"})
    EXPECT_NE(types(",\"" + std::string(name) + "\":[]").find("is no name for a struct"), std::string::npos) << name;
  for (const std::string_view name : {"", "1a", "a b", "a)", "a,b", "a:b", "ä"})
    EXPECT_NE(types(R"(,"U":[{"type":"bool","name":")" + std::string(name) + "\"}]").find("is no name for a member"),
              std::string::npos)
        << name;
  EXPECT_EQ(types(R"(,"U":[{"name":"a","type":"bool"},{"name":"a","type":"bool"}])"), "types.U has the member a twice");
  EXPECT_EQ(types(R"(,"U":{})"), "types.U is not an array of members");
  for (const std::string_view member : {"7", "{}", R"({"name":"a"})", R"({"name":"a","type":7})", R"(["a","bool"])",
                                        R"({"name":"a","type":"bool","x":1})"})
    EXPECT_EQ(types(",\"U\":[" + std::string(member) + "]"),
              "types.U: each member is an object with the strings name and type");
}

TEST(TypedRefusals, Documents) {
  EXPECT_NE(refusal("").find("not strict JSON at byte 0"), std::string::npos);
  EXPECT_EQ(refusal("[]"), "typed data are a JSON object");
  EXPECT_EQ(refusal("{}"), "the typed data have no types");
  EXPECT_EQ(refusal(R"({"types":{},"primaryType":"T","domain":{}})"), "the typed data have no message");
  EXPECT_NE(refusal(R"({"types":{},"primaryType":"T","domain":{},"message":{},"x":1})").find("more members"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"types":{},"types":{},"primaryType":"T","domain":{},"message":{}})").find("a name twice"),
            std::string::npos);
  EXPECT_EQ(refusal(R"({"types":[],"primaryType":"T","domain":{},"message":{}})"), "types is not an object");
  EXPECT_EQ(refusal(R"({"types":{},"primaryType":"T","domain":{},"message":{}})"), "primaryType is not one of types");
  EXPECT_EQ(refusal(R"({"types":{},"primaryType":7,"domain":{},"message":{}})"), "primaryType is not a string");
  EXPECT_EQ(refusal(R"({"types":{"T":[]},"primaryType":"T","domain":[],"message":{}})"),
            "domain: expected an object (struct EIP712Domain)");
  EXPECT_EQ(refusal(R"({"types":{"T":[]},"primaryType":"T","domain":{},"message":null})"),
            "message: expected an object (struct T)");
  EXPECT_EQ(refusal(R"({"types":{"T":[]},"primaryType":"T","domain":{},"message":{}})"), "taken");
}

TEST(TypedRefusals, Domains) {
  const auto domain = [](std::string_view fields, std::string_view values) {
    return refusal(R"({"types":{"EIP712Domain":)" + std::string(fields) + R"(,"T":[]},"primaryType":"T","domain":)" +
                   std::string(values) + R"(,"message":{}})");
  };
  EXPECT_EQ(domain(R"([{"name":"name","type":"string"}])", R"({"name":"N"})"), "taken");
  EXPECT_EQ(domain(R"([{"name":"name","type":"string"}])", "{}"), "domain.name: is missing (string)");
  EXPECT_EQ(domain("[]", R"({"name":"N"})"), "domain: has a member that EIP712Domain does not: name");
  EXPECT_EQ(domain(R"([{"name":"chainId","type":"uint64"}])", R"({"chainId":1})"),
            "types.EIP712Domain.chainId: its type is uint256");
  EXPECT_EQ(domain(R"([{"name":"title","type":"string"}])", R"({"title":"N"})"),
            "types.EIP712Domain: the EIP has no domain field title");
  EXPECT_NE(
      refusal(R"({"types":{"T":[]},"primaryType":"T","domain":{"name":"N"},"message":{}})").find("no EIP712Domain"),
      std::string::npos);
  EXPECT_NE(refusal(R"({"types":{"EIP712Domain":[]},"primaryType":"EIP712Domain","domain":{},"message":{"a":1}})"),
            "taken");
}

/// Refused as too large, or taken, within a time that no honest document needs.
void costsLittle(const std::string& document) {
  const auto start = std::chrono::steady_clock::now();
  const auto data = TypedData::parse(document);
  if (data) data->lines();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << document.substr(0, 200);
}

TEST(TypedRefusals, HostileDocumentsCostLittle) {
  const auto repeated = [](std::string_view piece, std::size_t count) {
    std::string out;
    while (out.size() < count * piece.size()) out += piece;
    return out;
  };
  EXPECT_EQ(TypedData::parse(std::string(kMaxTypedDataBytes + 1, ' ')).error().code, Errc::too_large);
  costsLittle(repeated("[", kMaxTypedDataBytes));
  costsLittle(repeated("{\"a\":", kMaxTypedDataBytes / 5));
  costsLittle(one("uint8[]", "[" + repeated("0,", 120000) + "0]"));
  costsLittle(one("string", "\"" + repeated("\\u202e", 40000) + "\""));

  // A few bytes of message that stand for thousands of absent structs: the words are counted, not the bytes.
  std::string members;
  for (int i = 0; i < 1000; ++i) members += R"({"name":"m)" + std::to_string(i) + R"(","type":"U"},)";
  members.back() = ']';
  const std::string wide = one("U[]", "[" + repeated("{},", 60000) + "{}]", ",\"U\":[" + members);
  EXPECT_EQ(TypedData::parse(wide).error().code, Errc::too_large);
  costsLittle(wide);

  // Types that all name all others, and more of them than there may be.
  std::string types;
  for (int i = 0; i < 63; ++i) {
    types += ",\"S" + std::to_string(i) + "\":[";
    for (int k = 0; k < 40; ++k)
      types += std::string(k > 0 ? "," : "") + R"({"name":"m)" + std::to_string(k) + R"(","type":"S)" +
               std::to_string((i * 7 + k) % 63) + "\"}";
    types += "]";
  }
  costsLittle(one("S0[]", "[null]", types));
  EXPECT_EQ(TypedData::parse(one("S0[]", "[null]", types)).error().message, "there are more than 64 struct types");
  EXPECT_EQ(
      TypedData::parse(one("uint8", "1", ",\"U\":[{\"type\":\"bool\",\"name\":\"" + std::string(66000, 'a') + "\"}]"))
          .error()
          .code,
      Errc::too_large);
}

TEST(TypedRefusals, DeepValuesEnd) {
  const std::string_view kNode = R"(,"N":[{"name":"n","type":"N"}])";
  const auto nested = [](int depth) {
    std::string out = "null";
    for (int i = 0; i < depth; ++i) out = "{\"n\":" + out + "}";
    return out;
  };
  EXPECT_EQ(refusal(one("N", nested(kMaxTypedDepth - 3), kNode)), "taken");
  EXPECT_NE(refusal(one("N", nested(kMaxTypedDepth), kNode)).find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace cairn::identity
