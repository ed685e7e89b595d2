#include "common/cid/links.h"

#include <gtest/gtest.h>

#include "common/cid/cbor.h"
#include "common/cid/dagpb.h"

namespace cairn {
namespace {

const Cid kA = Cid::of(Codec::raw, asBytes("a"));
const Cid kB = Cid::of(Codec::dag_pb, asBytes("b"));

std::vector<Cid> linksOf(Codec codec, BytesView block) {
  std::vector<Cid> found;
  const auto status = forEachLink(codec, block, [&](const Cid& cid) { found.push_back(cid); });
  EXPECT_TRUE(status) << status.error().message;
  return found;
}

TEST(Links, RawBlocksHaveNone) {
  Bytes block;
  cbor::Writer(block).link(kA);
  EXPECT_TRUE(linksOf(Codec::raw, block).empty());
}

TEST(Links, DagCborBlocksHaveTheirTags) {
  Bytes block;
  cbor::Writer writer(block);
  writer.array(3);
  for (const Cid& cid : {kA, kB, kA}) writer.link(cid);
  EXPECT_EQ(linksOf(Codec::dag_cbor, block), (std::vector<Cid>{kA, kB, kA}));
}

TEST(Links, DagPbBlocksHaveTheirLinksOnEitherSideOfTheData) {
  Bytes first, last;
  for (const Cid& cid : {kB, kA, kB}) dagpb::appendLink(first, {cid, "name", 1});
  dagpb::appendData(first, asBytes("data"));
  dagpb::appendData(last, asBytes("data"));
  for (const Cid& cid : {kB, kA, kB}) dagpb::appendLink(last, {cid, "name", 1});
  EXPECT_EQ(linksOf(Codec::dag_pb, first), (std::vector<Cid>{kB, kA, kB}));
  EXPECT_EQ(linksOf(Codec::dag_pb, last), (std::vector<Cid>{kB, kA, kB}));
}

TEST(Links, BlocksThatAreNotWhatTheirCodecSays) {
  const auto none = [](const Cid&) { FAIL() << "a link of a bad block"; };
  const Bytes junk{0xff, 0xff, 0xff};
  EXPECT_EQ(forEachLink(Codec::dag_cbor, junk, none).error().code, Errc::corrupt);
  EXPECT_EQ(forEachLink(Codec::dag_pb, junk, none).error().code, Errc::corrupt);
  EXPECT_EQ(forEachLink(Codec::dag_cbor, {}, none).error().code, Errc::corrupt);
  EXPECT_TRUE(forEachLink(Codec::dag_pb, {}, none)) << "the empty node";
}

}  // namespace
}  // namespace cairn
