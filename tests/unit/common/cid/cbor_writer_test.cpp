#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "cid_generators.h"
#include "common/cid/cbor.h"

namespace cairn::cbor {
namespace {

template <class Write>
std::string written(Write write) {
  Bytes out;
  Writer writer(out);
  write(writer);
  EXPECT_TRUE(validate(out)) << toHex(out);
  return toHex(out);
}

TEST(CborWriter, WritesIntegersInTheirShortestForm) {
  // RFC 8949, appendix A, and the edges of each width.
  const std::pair<std::uint64_t, std::string_view> unsignedVectors[] = {
      {0, "00"},
      {10, "0a"},
      {23, "17"},
      {24, "1818"},
      {100, "1864"},
      {255, "18ff"},
      {256, "190100"},
      {1000, "1903e8"},
      {65535, "19ffff"},
      {65536, "1a00010000"},
      {1000000, "1a000f4240"},
      {0xffffffff, "1affffffff"},
      {0x100000000, "1b0000000100000000"},
      {1000000000000, "1b000000e8d4a51000"},
      {std::numeric_limits<std::uint64_t>::max(), "1bffffffffffffffff"}};
  for (const auto& [value, hex] : unsignedVectors) {
    EXPECT_EQ(written([&](Writer& w) { w.uint(value); }), hex);
  }
  const std::pair<std::int64_t, std::string_view> signedVectors[] = {
      {0, "00"},
      {-1, "20"},
      {-10, "29"},
      {-24, "37"},
      {-25, "3818"},
      {-100, "3863"},
      {-1000, "3903e7"},
      {25, "1819"},
      {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}};
  for (const auto& [value, hex] : signedVectors) {
    EXPECT_EQ(written([&](Writer& w) { w.integer(value); }), hex);
  }
}

TEST(CborWriter, WritesTheOtherKinds) {
  EXPECT_EQ(written([](Writer& w) { w.boolean(false); }), "f4");
  EXPECT_EQ(written([](Writer& w) { w.boolean(true); }), "f5");
  EXPECT_EQ(written([](Writer& w) { w.null(); }), "f6");
  EXPECT_EQ(written([](Writer& w) { w.bytes(Bytes{1, 2, 3, 4}); }), "4401020304");
  EXPECT_EQ(written([](Writer& w) { w.text("\u6c34"); }), "63e6b0b4");
  EXPECT_EQ(written([](Writer& w) { w.array(0); }), "80");
  EXPECT_EQ(written([](Writer& w) { w.map(0); }), "a0");
  EXPECT_EQ(written([](Writer& w) { w.raw(Bytes{0x81, 0x00}); }), "8100");
  EXPECT_EQ(written([](Writer& w) { w.link(Cid::of(Codec::raw, {})); }),
            "d82a58250001551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(CborWriter, MapWriterWritesKeysInOrder) {
  const auto hex = written([](Writer& w) {
    MapWriter map(w, 3);
    map.key("b").uint(1);
    map.key("c").uint(2);
    map.key("aa").uint(3);
  });
  EXPECT_EQ(hex, "a361620161630262616103");
}

TEST(CborWriterDeathTest, MapWriterHoldsTheCallerToItsPromises) {
  Bytes out;
  Writer writer(out);
  const auto write = [&](std::uint64_t count, std::initializer_list<std::string_view> keys) {
    MapWriter map(writer, count);
    for (const auto key : keys) map.key(key).null();
  };
  EXPECT_DEATH(write(2, {"b", "a"}), "invariant broken");
  EXPECT_DEATH(write(2, {"a", "a"}), "invariant broken");
  EXPECT_DEATH(write(2, {"aa", "b"}), "invariant broken");
  EXPECT_DEATH(write(2, {"a"}), "invariant broken");
  EXPECT_DEATH(write(1, {"a", "b"}), "invariant broken");
  EXPECT_DEATH(writer.link(Cid()), "invariant broken");
}

RC_GTEST_PROP(CborWriter, ScalarsRoundTrip,
              (std::uint64_t u, std::int64_t i, const Bytes& b, bool flag, const Cid& cid)) {
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  Bytes out;
  Writer writer(out);
  writer.uint(u);
  writer.integer(i);
  writer.bytes(b);
  writer.boolean(flag);
  writer.link(cid);
  writer.text(text);
  writer.null();
  Reader reader(out);
  RC_ASSERT(*reader.uint() == u);
  RC_ASSERT(*reader.integer() == i);
  RC_ASSERT(toBytes(*reader.bytes()) == b);
  RC_ASSERT(*reader.boolean() == flag);
  RC_ASSERT(*reader.link() == cid);
  RC_ASSERT(*reader.text() == text);
  RC_ASSERT(reader.null().has_value());
  RC_ASSERT(reader.end().has_value());
}

}  // namespace
}  // namespace cairn::cbor
