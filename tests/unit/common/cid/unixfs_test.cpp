#include "common/cid/unixfs.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <unordered_map>

#include "common/cid/dagpb.h"

namespace cairn::unixfs {
namespace {

using Blocks = std::unordered_map<Cid, Bytes>;

Builder::Sink into(Blocks& blocks) {
  return [&blocks](const Cid& cid, BytesView block) -> Status {
    EXPECT_TRUE(cid.verifies(block));
    blocks.emplace(cid, toBytes(block));
    return {};
  };
}

Cid zeroLeaf(std::size_t size) {
  return Cid::of(Codec::raw, Bytes(size));
}

struct Vector {
  std::uint64_t fileSize;
  std::uint64_t dagSize;
  std::string_view cid;
};

// From vectors.py: files of zeros.
constexpr Vector kZeros[] = {
    Vector{0U, 0U, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
    Vector{1U, 1U, "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu"},
    Vector{1048575U, 1048575U, "bafkreigkp3imjkhgps64iyoezmgsq3jpvo6z6dcbu72cwzs7olv2vcxmky"},
    Vector{1048576U, 1048576U, "bafkreibq4fevl27rgurgnxbp7adh42aqiyd6ouflxhj3gzmcxcxzbh6lla"},
    Vector{1048577U, 1048681U, "bafybeihd4yzq7n5umhjngdum4r6k2to7egxfkf2jz6thvwzf6djus22cmq"},
    Vector{5242880U, 5243139U, "bafybeiakykiwgk2qsjglssicrhh5ekrm44xdd34qdo56ll2ejysdyhbtzy"},
    Vector{1073741824U, 1073793035U, "bafybeibqawkaltgjfdebq4no6nmfcvkcw7k52xqzclkwfmrkn6oxw7srmy"},
    Vector{1073741825U, 1073793198U, "bafybeigx4uyebjbq65346xh6cjrt6yshbdudzudhnqecwbzvymslxj7gje"},
    Vector{1074790400U, 1074841783U, "bafybeigt7wofv4vnxbg3titijasuw4ptg5kfztec4smsk7opdt7z6djoxq"},
    Vector{1099511627777U, 1099564123366U, "bafybeigwkrr3zkscbhb2drfr3jusqj34olsa4ajk376nw6xpv57uees2m4"},
};

TEST(UnixFs, BuildsTheVectors) {
  const Cid full = zeroLeaf(kChunkBytes);
  for (const Vector& v : kZeros) {
    Blocks blocks;
    Builder builder(into(blocks));
    for (std::uint64_t i = 0; i < v.fileSize / kChunkBytes; ++i) ASSERT_TRUE(builder.addLeaf(full, kChunkBytes));
    const auto rest = static_cast<std::size_t>(v.fileSize % kChunkBytes);
    if (rest != 0) ASSERT_TRUE(builder.addLeaf(zeroLeaf(rest), rest));
    const auto root = builder.finish();
    ASSERT_TRUE(root) << v.fileSize;
    EXPECT_EQ(root->cid.str(), v.cid) << v.fileSize;
    EXPECT_EQ(root->fileSize, v.fileSize);
    EXPECT_EQ(root->dagSize, v.dagSize) << v.fileSize;
  }
}

TEST(UnixFs, JoinsPartsWithUnevenLeaves) {
  Blocks blocks;
  Builder builder(into(blocks));
  for (const std::uint8_t fill : {'a', 'b', 'c'}) {
    for (const std::size_t size : {kChunkBytes, kChunkBytes, kChunkBytes / 2}) {
      ASSERT_TRUE(builder.addLeaf(Cid::of(Codec::raw, Bytes(size, fill)), size));
    }
  }
  const auto root = builder.finish();
  ASSERT_TRUE(root);
  EXPECT_EQ(root->fileSize, 7864320U);
  EXPECT_EQ(root->dagSize, 7864779U);
  EXPECT_EQ(root->cid.str(), "bafybeicsy2kgogal67ampvkkhjlvd7wm4xrgs2vmxpb6qcwx2nzxzehtvq");
}

TEST(UnixFs, HandsTheEmptyFilesBlockToTheSink) {
  Blocks blocks;
  const auto root = Builder(into(blocks)).finish();
  ASSERT_TRUE(root);
  ASSERT_TRUE(blocks.contains(root->cid));
  EXPECT_TRUE(blocks.at(root->cid).empty());
}

TEST(UnixFs, RefusesLeavesOfOtherKindsAndGoesOn) {
  Blocks blocks;
  Builder builder(into(blocks));
  EXPECT_EQ(builder.addLeaf(zeroLeaf(1), 0).error().code, Errc::invalid);
  EXPECT_EQ(builder.addLeaf(zeroLeaf(1), kChunkBytes + 1).error().code, Errc::invalid);
  EXPECT_EQ(builder.addLeaf(Cid(), 1).error().code, Errc::invalid);
  EXPECT_EQ(builder.addLeaf(Cid::of(Codec::dag_pb, {}), 1).error().code, Errc::invalid);
  EXPECT_TRUE(builder.addLeaf(zeroLeaf(1), 1));
  EXPECT_EQ(*builder.finish(), (Node{zeroLeaf(1), 1, 1}));
  EXPECT_FALSE(builder.finish()) << "once only";
}

TEST(UnixFs, EndsWithTheSinksError) {
  Builder builder([](const Cid&, BytesView) -> Status { return fail(Errc::no_space, "disk full"); });
  for (std::size_t i = 1; i < kMaxLinks; ++i) ASSERT_TRUE(builder.addLeaf(zeroLeaf(1), 1));
  EXPECT_EQ(builder.addLeaf(zeroLeaf(1), 1).error().code, Errc::no_space);
  EXPECT_EQ(builder.addLeaf(zeroLeaf(1), 1).error().code, Errc::no_space);
  EXPECT_EQ(builder.finish().error().code, Errc::no_space);
}

/// Leaves in order under `cid`; checks every size on the way. `depth` becomes that of the leaves.
void walk(const Blocks& blocks, const Child& child, std::size_t depth, std::vector<std::size_t>& depths,
          std::vector<Node>& leaves) {
  if (child.cid.codec() == Codec::raw) {
    RC_ASSERT(child.tsize == child.fileSize);
    leaves.push_back({child.cid, child.fileSize, child.tsize});
    depths.push_back(depth);
    return;
  }
  const Bytes& block = blocks.at(child.cid);
  const auto file = decodeFile(block);
  RC_ASSERT(file.has_value());
  RC_ASSERT(file->fileSize == child.fileSize);
  RC_ASSERT(file->children.size() <= kMaxLinks);
  std::uint64_t below = block.size();
  for (const Child& next : file->children) {
    below += next.tsize;
    walk(blocks, next, depth + 1, depths, leaves);
  }
  RC_ASSERT(below == child.tsize);
}

RC_GTEST_PROP(UnixFs, WhatIsBuiltWalksBackToItsLeaves, ()) {
  // Counts around a full node and around two levels of them matter most.
  const auto count = *rc::gen::oneOf(rc::gen::inRange<std::size_t>(1, 20), rc::gen::inRange<std::size_t>(1020, 1030),
                                     rc::gen::inRange<std::size_t>(2045, 2052));
  const auto sizes =
      *rc::gen::container<std::vector<std::size_t>>(count, rc::gen::inRange<std::size_t>(1, kChunkBytes + 1));
  Blocks blocks;
  Builder builder(into(blocks));
  std::vector<Node> leaves, found;
  for (std::size_t i = 0; i < count; ++i) {
    Cid::Digest digest{};
    digest[0] = static_cast<std::uint8_t>(i);
    digest[1] = static_cast<std::uint8_t>(i >> 8);
    leaves.push_back({Cid(Codec::raw, HashFunction::sha2_256, digest), sizes[i], sizes[i]});
    RC_ASSERT(builder.addLeaf(leaves.back().cid, sizes[i]).has_value());
  }
  const auto root = builder.finish();
  RC_ASSERT(root.has_value());
  std::vector<std::size_t> depths;
  walk(blocks, {root->cid, root->fileSize, root->dagSize}, 0, depths, found);
  RC_ASSERT(found == leaves);
  RC_ASSERT(depths == std::vector<std::size_t>(count, depths[0]));
}

Errc decodeError(const std::string& dataHex, int links = 1) {
  Bytes block;
  for (int i = 0; i < links; ++i) dagpb::appendLink(block, {zeroLeaf(1), "", 1});
  dagpb::appendData(block, *fromHex(dataHex));
  const auto file = decodeFile(block);
  EXPECT_FALSE(file) << dataHex;
  return file ? Errc::internal : file.error().code;
}

TEST(UnixFs, RefusesNodesThatAreNoFiles) {
  EXPECT_EQ(decodeError("0801"), Errc::unsupported) << "directory";
  EXPECT_EQ(decodeError("0805"), Errc::unsupported) << "sharded directory";
  EXPECT_EQ(decodeError("0806"), Errc::corrupt) << "no type of UnixFS";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "2001"
                        "38a403"),
            Errc::unsupported)
      << "permissions";
}

TEST(UnixFs, ANodeMayHaveContentOfItsOwn) {
  for (const std::string type : {"0802", "0800"}) {
    Bytes block;
    dagpb::appendLink(block, {zeroLeaf(1), "", 1});
    dagpb::appendData(block, *fromHex(type + "120161" + "1802" + "2001"));
    const auto file = decodeFile(block);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(asText(file->content), "a");
    EXPECT_EQ(file->fileSize, 2U);
    EXPECT_EQ(file->children.size(), 1U);
  }
  EXPECT_EQ(decodeError("0802"
                        "12026161"
                        "1801",
                        0),
            Errc::corrupt)
      << "more than the size says";
}

TEST(UnixFs, RefusesMalformedAndContradictoryFiles) {
  EXPECT_EQ(decodeError(""), Errc::corrupt) << "no type";
  EXPECT_EQ(decodeError("1801"
                        "2001"),
            Errc::corrupt)
      << "no type";
  EXPECT_EQ(decodeError("0802"
                        "2001"),
            Errc::corrupt)
      << "no size";
  EXPECT_EQ(decodeError("0802"
                        "1801"),
            Errc::corrupt)
      << "fewer sizes than links";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "2001"
                        "2001"),
            Errc::corrupt)
      << "more sizes than links";
  EXPECT_EQ(decodeError("0802"
                        "1802"
                        "2001"),
            Errc::corrupt)
      << "sum too small";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "2002"),
            Errc::corrupt)
      << "sum too great";
  EXPECT_EQ(decodeError("0802"
                        "1800"
                        "20ffffffffffffffffff01"
                        "2001",
                        2),
            Errc::corrupt)
      << "sum that overflows";
  EXPECT_EQ(decodeError("0802"
                        "0802"
                        "1801"
                        "2001"),
            Errc::corrupt)
      << "type twice";
  EXPECT_EQ(decodeError("0802"
                        "2001"
                        "1801"),
            Errc::corrupt)
      << "order";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "220101"),
            Errc::corrupt)
      << "packed sizes";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "2001"
                        "4800"),
            Errc::corrupt)
      << "unknown field";
  EXPECT_EQ(decodeError("0802"
                        "1801"
                        "20"),
            Errc::corrupt)
      << "cut short";
  EXPECT_EQ(decodeFile({}).error().code, Errc::corrupt) << "no data";
}

TEST(UnixFs, RefusesFileLinksThatAreNone) {
  const Bytes data = *fromHex("080218012001");
  Bytes named, wrongCodec;
  dagpb::appendLink(named, {zeroLeaf(1), "name", 1});
  dagpb::appendData(named, data);
  dagpb::appendLink(wrongCodec, {Cid::of(Codec::dag_cbor, {}), "", 1});
  dagpb::appendData(wrongCodec, data);
  EXPECT_EQ(decodeFile(named).error().code, Errc::corrupt);
  EXPECT_EQ(decodeFile(wrongCodec).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace cairn::unixfs
