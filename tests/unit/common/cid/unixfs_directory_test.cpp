#include "common/cid/unixfs_directory.h"

#include <gtest/gtest.h>

#include "common/cid/protobuf.h"

namespace cairn::unixfs {
namespace {

using What = Directory::Found::What;

Cid rawLeaf(std::string_view content) {
  return Cid::of(Codec::raw, asBytes(content));
}

Bytes directory(const std::vector<std::pair<std::string, Cid>>& entries, std::uint64_t type = 1, std::uint64_t hash = 0,
                std::uint64_t fanout = 0) {
  Bytes block, data;
  for (const auto& [name, cid] : entries) dagpb::appendLink(block, {cid, name, 1});
  appendProtoVarint(data, 1, type);
  if (hash != 0) appendProtoVarint(data, 5, hash);
  if (fanout != 0) appendProtoVarint(data, 6, fanout);
  dagpb::appendData(block, data);
  return block;
}

// Values of the reference implementation: the low half of its 128 bits.
TEST(UnixfsDirectory, HashesNamesAsTheReferenceDoes) {
  EXPECT_EQ(murmur3(""), 0U);
  EXPECT_EQ(murmur3("hello"), 0xcbd8a7b341bd9b02U);
  EXPECT_EQ(murmur3("hello, world"), 0x342fac623a5ebc8eU);
  EXPECT_EQ(murmur3("19 Jan 2038 at 3:14:07 AM"), 0xb89e5988b737affcU);
  EXPECT_EQ(murmur3("The quick brown fox jumps over the lazy dog."), 0xcd99481f9ee902c9U);
}

TEST(UnixfsDirectory, FindsNamesInAPlainOne) {
  const Cid a = rawLeaf("a"), b = rawLeaf("b");
  const Bytes block = directory({{"a", a}, {"b", b}, {"a", b}, {"", a}});
  const auto found = Directory::decode(block);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->find("a", 0).cid, a);
  EXPECT_EQ(found->find("b", 0).cid, b);
  EXPECT_EQ(found->find("c", 0).what, What::nothing);
  EXPECT_TRUE(found->shards().empty());
}

TEST(UnixfsDirectory, FindsNamesAndShardsInAShard) {
  // murmur3("hello") begins with cb, then d8.
  const Cid here = rawLeaf("here"), below = rawLeaf("below"), other = rawLeaf("other");
  const Bytes block = directory({{"00x", other}, {"CB", below}, {"D8hello", here}}, 5, 0x22, 256);
  const auto found = Directory::decode(block);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->find("hello", 0).what, What::shard);
  EXPECT_EQ(found->find("hello", 0).cid, below);
  EXPECT_EQ(found->find("hello", 1).what, What::entry);
  EXPECT_EQ(found->find("hello", 1).cid, here);
  for (unsigned level : {2U, 7U, 8U, 4000000000U}) EXPECT_EQ(found->find("hello", level).what, What::nothing);
  EXPECT_EQ(found->find("x", 0).what, What::nothing) << "its number is another";
  EXPECT_EQ(found->shards(), std::vector<Cid>{below});
}

TEST(UnixfsDirectory, RefusesWhatItIsNot) {
  const Cid a = rawLeaf("a");
  auto code = [](const Bytes& block) { return Directory::decode(block).error().code; };
  EXPECT_EQ(code(directory({}, 2)), Errc::unsupported);
  EXPECT_EQ(code(directory({}, 4)), Errc::unsupported);
  EXPECT_EQ(code(directory({}, 5, 0x12, 256)), Errc::unsupported);
  for (std::uint64_t fanout : {0U, 1U, 4U, 255U, 2048U}) EXPECT_EQ(code(directory({}, 5, 0x22, fanout)), Errc::corrupt);
  EXPECT_EQ(code(directory({{"C", a}}, 5, 0x22, 256)), Errc::corrupt);
  EXPECT_EQ(code({1, 2, 3}), Errc::corrupt);
  EXPECT_EQ(code({}), Errc::corrupt);
}

}  // namespace
}  // namespace cairn::unixfs
