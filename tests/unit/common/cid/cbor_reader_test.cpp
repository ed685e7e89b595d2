#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "cid_generators.h"
#include "common/cid/cbor.h"

namespace cairn::cbor {
namespace {

Bytes bytes(const std::string& hex) {
  return *fromHex(hex);
}

template <class T>
void refused(const Result<T>& result) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::corrupt);
}

TEST(CborReader, WalksABlock) {
  const Bytes block = bytes(
      "a3"
      "6161"
      "182a"
      "6162"
      "83"
      "20"
      "f5"
      "f6"
      "6163"
      "4101");
  Reader reader(block);
  std::optional<std::string_view> previous;
  EXPECT_EQ(*reader.map(), 3U);
  EXPECT_EQ(*reader.key(previous), "a");
  EXPECT_EQ(*reader.uint(), 42U);
  EXPECT_EQ(*reader.key(previous), "b");
  EXPECT_EQ(*reader.array(), 3U);
  EXPECT_EQ(*reader.integer(), -1);
  EXPECT_TRUE(*reader.boolean());
  EXPECT_TRUE(reader.null());
  EXPECT_EQ(*reader.key(previous), "c");
  EXPECT_FALSE(reader.end());
  EXPECT_EQ(reader.bytes()->size(), 1U);
  EXPECT_TRUE(reader.end());
  EXPECT_TRUE(reader.atEnd());
}

TEST(CborReader, ChecksKeyOrderAgainstThePrevious) {
  const Bytes block = bytes(
      "a2"
      "6162"
      "00"
      "6161"
      "00");
  Reader reader(block);
  std::optional<std::string_view> previous;
  ASSERT_TRUE(reader.map());
  ASSERT_TRUE(reader.key(previous));
  ASSERT_TRUE(reader.uint());
  const auto at = reader.offset();
  refused(reader.key(previous));
  EXPECT_EQ(reader.offset(), at);
  EXPECT_EQ(previous, "b");
}

TEST(CborReader, PeeksAtEveryType) {
  const std::pair<const char*, Type> cases[] = {{"00", Type::uint},
                                                {"20", Type::negative},
                                                {"40", Type::bytes},
                                                {"60", Type::text},
                                                {"80", Type::array},
                                                {"a0", Type::map},
                                                {"d82a", Type::link},
                                                {"f4", Type::boolean},
                                                {"f5", Type::boolean},
                                                {"f6", Type::null},
                                                {"fb3ff0000000000000", Type::real}};
  for (const auto& [hex, type] : cases) {
    const Bytes block = bytes(hex);
    ASSERT_TRUE(Reader(block).peek()) << hex;
    EXPECT_EQ(*Reader(block).peek(), type) << hex;
  }
  for (const auto* hex : {"", "f7", "f93c00", "fa00000000", "e0", "f820", "ff"}) {
    const Bytes block = bytes(hex);
    refused(Reader(block).peek());
  }
}

TEST(CborReader, EveryAccessorRefusesEveryOtherType) {
  const std::vector<std::string> items = {"00",   "20", "40", "60", "80", "a0", "f4", "f6", "fb3ff0000000000000",
                                          "c000", "5f", ""};
  const auto only = [&](const std::set<std::string>& good, auto read) {
    for (const auto& hex : items) {
      const Bytes block = bytes(hex);
      Reader reader(block);
      const bool ok = read(reader);
      EXPECT_EQ(ok, good.contains(hex)) << hex;
      EXPECT_EQ(reader.offset(), ok ? block.size() : 0U) << hex;
    }
  };
  only({"00"}, [](Reader& r) { return r.uint().has_value(); });
  only({"00", "20"}, [](Reader& r) { return r.integer().has_value(); });
  only({"40"}, [](Reader& r) { return r.bytes().has_value(); });
  only({"60"}, [](Reader& r) { return r.text().has_value(); });
  only({"80"}, [](Reader& r) { return r.array().has_value(); });
  only({"a0"}, [](Reader& r) { return r.map().has_value(); });
  only({"f4"}, [](Reader& r) { return r.boolean().has_value(); });
  only({"f6"}, [](Reader& r) { return r.null().has_value(); });
  only({}, [](Reader& r) { return r.link().has_value(); });
}

TEST(CborReader, IntegersMustFitTheirType) {
  const Bytes tooHigh = bytes("1b8000000000000000"), tooLow = bytes("3b8000000000000000");
  refused(Reader(tooHigh).integer());
  refused(Reader(tooLow).integer());
  EXPECT_EQ(*Reader(tooHigh).uint(), 0x8000000000000000U);
}

TEST(CborReader, CountsNeverExceedTheBytesLeft) {
  const Bytes array = bytes("9a00ffffff00"), map = bytes("a26161006162");
  refused(Reader(array).array());
  EXPECT_TRUE(Reader(map).map());
  refused(Reader(BytesView(map).first(4)).map());
}

TEST(CborReader, ItemStopsAtItsEnd) {
  const Bytes two = bytes(
      "82"
      "01"
      "6161"
      "a0");
  Reader reader(two);
  EXPECT_EQ(reader.item()->size(), 4U);
  EXPECT_EQ(reader.offset(), 4U);
  EXPECT_EQ(reader.item()->size(), 1U);
  EXPECT_TRUE(reader.atEnd());
  refused(reader.item());
}

TEST(CborReaderDeathTest, TrustedItemsNeverLeadOutside) {
  for (const auto* hex : {"", "18", "5bffffffffffffffff", "8200", "a1", "d82a", "fb00"}) {
    const Bytes block = bytes(hex);
    EXPECT_DEATH(Reader(block).itemTrusted(), "invariant broken") << hex;
  }
}

TEST(CborReader, FindsEveryLinkInOrder) {
  const Cid a = Cid::of(Codec::raw, asBytes("a")), b = Cid::of(Codec::dag_cbor, asBytes("b"));
  Bytes block;
  Writer writer(block);
  {
    MapWriter map(writer, 3);
    map.key("a").link(a);
    map.key("b").array(3);
    writer.link(b);
    writer.bytes(a.bytes());
    writer.link(a);
    map.key("c").text("d82a");
  }
  std::vector<Cid> found;
  ASSERT_TRUE(forEachLink(block, [&](const Cid& cid) { found.push_back(cid); }));
  EXPECT_EQ(found, (std::vector<Cid>{a, b, a}));
}

TEST(CborReader, ReportsNoLinkOfABadBlock) {
  Bytes block;
  Writer writer(block);
  writer.link(Cid::of(Codec::raw, {}));
  block.push_back(0);
  EXPECT_EQ(forEachLink(block, [](const Cid&) { FAIL(); }).error().code, Errc::corrupt);
}

/// Writes a random canonical item and notes the links in it.
void writeItem(Writer& writer, int depth, std::vector<Cid>& links) {
  // Always a container at the top, or most runs would see a lone scalar.
  const int kind = *rc::gen::inRange(depth == 0 ? 6 : 0, depth < 4 ? 8 : 6);
  const auto words = rc::gen::container<std::string>(rc::gen::inRange<char>(32, 126));
  if (kind == 0) return writer.uint(*rc::gen::arbitrary<std::uint64_t>());
  if (kind == 1) return writer.integer(*rc::gen::arbitrary<std::int64_t>());
  if (kind == 2) return writer.bytes(*rc::gen::arbitrary<Bytes>());
  if (kind == 3) return writer.text(*words);
  if (kind == 4) return writer.boolean(*rc::gen::arbitrary<bool>());
  if (kind == 5) {
    links.push_back(*rc::gen::arbitrary<Cid>());
    return writer.link(links.back());
  }
  if (kind == 6) {
    const int count = *rc::gen::inRange(0, 5);
    writer.array(static_cast<std::uint64_t>(count));
    for (int i = 0; i < count; ++i) writeItem(writer, depth + 1, links);
    return;
  }
  auto keys = *rc::gen::resize(5, rc::gen::unique<std::vector<std::string>>(words));
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return keyLess(a, b); });
  MapWriter map(writer, keys.size());
  for (const auto& key : keys) {
    map.key(key);
    writeItem(writer, depth + 1, links);
  }
}

RC_GTEST_PROP(CborReader, WhatIsWrittenIsAccepted, ()) {
  Bytes block;
  Writer writer(block);
  std::vector<Cid> links, found;
  writeItem(writer, 0, links);
  RC_ASSERT(validate(block).has_value());
  RC_ASSERT(Reader(block).item()->size() == block.size());
  RC_ASSERT(Reader(block).itemTrusted().size() == block.size());
  RC_ASSERT(forEachLink(block, [&](const Cid& cid) { found.push_back(cid); }).has_value());
  RC_ASSERT(found == links);
  const auto cut = *rc::gen::inRange<std::size_t>(0, block.size());
  RC_ASSERT(validate(BytesView(block).first(cut)).error().code == Errc::corrupt);
}

}  // namespace
}  // namespace cairn::cbor
