#include "common/cid/car.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cid_generators.h"
#include "common/cid/varint.h"

namespace cairn::car {
namespace {

using Block = std::pair<Cid, Bytes>;

/// From vectors.py: one root, the blocks "hello" and "".
const std::string kVector =
    "3aa265726f6f747381d82a582500015512202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98246776657273696f"
    "6e"
    "0129015512202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982468656c6c6f"
    "2401551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Block raw(std::string_view text) {
  return {Cid::of(Codec::raw, asBytes(text)), toBytes(asBytes(text))};
}

Bytes written(const std::vector<Cid>& roots, const std::vector<Block>& blocks) {
  Bytes out;
  appendHeader(out, roots);
  for (const auto& [cid, data] : blocks) {
    const auto before = out.size();
    appendBlock(out, cid, data);
    EXPECT_EQ(out.size() - before, blockBytes(cid, data.size()));
  }
  return out;
}

/// Feeds pieces of at most `piece` bytes.
Status read(BytesView car, std::size_t piece, std::vector<Block>& blocks,
            std::optional<std::vector<Cid>>* roots = nullptr) {
  Reader reader([&](const Cid& cid, BytesView data) -> Status {
    blocks.emplace_back(cid, toBytes(data));
    return {};
  });
  for (; !car.empty(); car = car.subspan(std::min(piece, car.size()))) {
    if (auto status = reader.feed(car.first(std::min(piece, car.size()))); !status) return status;
  }
  if (roots != nullptr) *roots = reader.roots();
  return reader.finish();
}

Errc error(const Bytes& car) {
  std::vector<Block> whole, split;
  const auto status = read(car, car.size() + 1, whole);
  const auto again = read(car, 1, split);
  EXPECT_FALSE(status);
  EXPECT_EQ(again.has_value(), status.has_value());
  EXPECT_EQ(whole, split) << "what is read must not depend on how it is cut";
  return status ? Errc::internal : status.error().code;
}

Bytes withHeader(const std::string& hex) {
  const Bytes header = *fromHex(hex);
  Bytes out;
  appendVarint(out, header.size());
  append(out, header);
  return out;
}

TEST(Car, WritesAndReadsTheVector) {
  const std::vector<Block> blocks{raw("hello"), raw("")};
  EXPECT_EQ(toHex(written({blocks[0].first}, blocks)), kVector);
  const Bytes car = *fromHex(kVector);
  for (std::size_t piece = 1; piece <= car.size(); ++piece) {
    std::vector<Block> found;
    std::optional<std::vector<Cid>> roots;
    ASSERT_TRUE(read(car, piece, found, &roots)) << piece;
    EXPECT_EQ(found, blocks);
    EXPECT_EQ(roots, std::vector<Cid>{blocks[0].first});
  }
}

TEST(Car, EveryCutIsNoticed) {
  const Bytes car = *fromHex(kVector);
  const std::size_t boundaries[] = {59, 101};
  for (std::size_t length = 0; length < car.size(); ++length) {
    std::vector<Block> found;
    const auto status = read(BytesView(car).first(length), length + 1, found);
    const bool atBoundary = length == boundaries[0] || length == boundaries[1];
    EXPECT_EQ(status.has_value(), atBoundary) << length;
    if (!status) EXPECT_EQ(status.error().code, Errc::corrupt);
  }
}

TEST(Car, RefusesBlocksThatDoNotHashToTheirCid) {
  Bytes car = written({}, {raw("hello")});
  car.back() ^= 1;
  EXPECT_EQ(error(car), Errc::corrupt);
}

TEST(Car, RefusesBadHeaders) {
  EXPECT_EQ(error(withHeader("a1"
                             "67"
                             "76657273696f6e"
                             "02")),
            Errc::unsupported)
      << "the pragma of version 2";
  EXPECT_EQ(error(withHeader("a2"
                             "65"
                             "726f6f7473"
                             "80"
                             "67"
                             "76657273696f6e"
                             "00")),
            Errc::unsupported);
  EXPECT_EQ(error(withHeader("a1"
                             "67"
                             "76657273696f6e"
                             "01")),
            Errc::corrupt)
      << "no roots";
  EXPECT_EQ(error(withHeader("a1"
                             "65"
                             "726f6f7473"
                             "80")),
            Errc::corrupt)
      << "no version";
  EXPECT_EQ(error(withHeader("a2"
                             "67"
                             "76657273696f6e"
                             "01"
                             "65"
                             "726f6f7473"
                             "80")),
            Errc::corrupt)
      << "key order";
  EXPECT_EQ(error(withHeader("a3"
                             "61"
                             "61"
                             "00"
                             "65"
                             "726f6f7473"
                             "80"
                             "67"
                             "76657273696f6e"
                             "01")),
            Errc::corrupt);
  EXPECT_EQ(error(withHeader("a2"
                             "65"
                             "726f6f7473"
                             "8100"
                             "67"
                             "76657273696f6e"
                             "01")),
            Errc::corrupt);
  EXPECT_EQ(error(withHeader("a2"
                             "65"
                             "726f6f7473"
                             "80"
                             "67"
                             "76657273696f6e"
                             "0100")),
            Errc::corrupt)
      << "trailing";
  EXPECT_EQ(error(withHeader("80")), Errc::corrupt);
  EXPECT_EQ(error({0}), Errc::corrupt) << "an empty header";
  EXPECT_EQ(error({0x80, 0x00}), Errc::corrupt) << "length not in its shortest form";
  EXPECT_EQ(error(Bytes(12, 0xff)), Errc::corrupt) << "endless length";
}

TEST(Car, RefusesBadSections) {
  const Bytes header = written({}, {});
  const auto with = [&](const Bytes& more) {
    Bytes car = header;
    append(car, more);
    return error(car);
  };
  EXPECT_EQ(with({0}), Errc::corrupt) << "an empty section";
  EXPECT_EQ(with({0x81, 0x00}), Errc::corrupt) << "length not in its shortest form";
  EXPECT_EQ(with({1, 1}), Errc::corrupt) << "no room for a CID";
  EXPECT_EQ(with(*fromHex("04"
                          "01550000")),
            Errc::unsupported)
      << "identity hash";
}

TEST(Car, ReadsVersion0AsWhatItStandsFor) {
  const std::string digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  Bytes car = withHeader(
      "a2"
      "65"
      "726f6f7473"
      "81"
      "d82a5823"
      "001220" +
      digest +
      "67"
      "76657273696f6e"
      "01");
  append(car, *fromHex("22"
                       "1220" +
                       digest));
  std::vector<Block> found;
  std::optional<std::vector<Cid>> roots;
  ASSERT_TRUE(read(car, 7, found, &roots));
  const Cid cid = Cid::of(Codec::dag_pb, {});
  EXPECT_EQ(found, (std::vector<Block>{{cid, Bytes{}}}));
  EXPECT_EQ(roots, std::vector<Cid>{cid});
}

TEST(Car, RefusesABlockOverTheLimitByItsClaimAlone) {
  const Block largest{Cid::of(Codec::raw, Bytes(kMaxCarBlock)), Bytes(kMaxCarBlock)};
  std::vector<Block> found;
  ASSERT_TRUE(read(written({}, {largest}), 1U << 16, found));
  EXPECT_EQ(found.size(), 1U);
  Bytes car = written({}, {});
  appendVarint(car, Cid::size + kMaxCarBlock + 1);
  EXPECT_EQ(error(car), Errc::corrupt);
}

TEST(Car, StaysFailedWithItsFirstError) {
  Reader reader([](const Cid&, BytesView) -> Status { return fail(Errc::no_space, "disk full"); });
  EXPECT_EQ(reader.feed(written({}, {raw("a")})).error().code, Errc::no_space);
  EXPECT_EQ(reader.feed(written({}, {})).error().code, Errc::no_space);
  EXPECT_EQ(reader.finish().error().message, "disk full");
}

RC_GTEST_PROP(Car, RoundTripsHoweverItIsCut, (const std::vector<Cid>& roots, const std::vector<Bytes>& payloads)) {
  std::vector<Block> blocks;
  for (const Bytes& data : payloads) {
    const auto codec = *rc::gen::element(Codec::raw, Codec::dag_pb, Codec::dag_cbor);
    const auto hash = *rc::gen::element(HashFunction::sha2_256, HashFunction::blake3);
    blocks.emplace_back(Cid::of(codec, data, hash), data);
  }
  std::vector<Block> found;
  std::optional<std::vector<Cid>> foundRoots;
  const auto piece = *rc::gen::inRange<std::size_t>(1, 300);
  RC_ASSERT(read(written(roots, blocks), piece, found, &foundRoots).has_value());
  RC_ASSERT(found == blocks);
  RC_ASSERT(foundRoots == roots);
}

}  // namespace
}  // namespace cairn::car
