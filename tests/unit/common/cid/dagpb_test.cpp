#include "common/cid/dagpb.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cid_generators.h"

namespace cairn::dagpb {
namespace {

const std::string kCid = "01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kHash = "0a24" + kCid;

Errc error(const std::string& hex, Order order = Order::links_first) {
  const auto block = fromHex(hex);
  EXPECT_TRUE(block) << hex;
  const auto node = decode(*block, order);
  EXPECT_FALSE(node) << hex;
  return node ? Errc::internal : node.error().code;
}

TEST(DagPb, ReadsTheSpecificationsForms) {
  const auto empty = decode({});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->links.empty());
  EXPECT_FALSE(empty->data);
  const Bytes dataOnly = *fromHex("0a050001020304");
  EXPECT_EQ(toHex(*decode(dataOnly)->data), "0001020304");
  const Bytes noData = *fromHex("0a00");
  ASSERT_TRUE(decode(noData)->data);
  EXPECT_TRUE(decode(noData)->data->empty());
  const Bytes bareLink = *fromHex("1226" + kHash);
  ASSERT_TRUE(decode(bareLink));
  EXPECT_EQ(decode(bareLink)->links.at(0).cid.str(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
}

TEST(DagPb, RefusesWhatIsNotCanonical) {
  EXPECT_EQ(error("1000"), Errc::corrupt) << "a varint where a message belongs";
  EXPECT_EQ(error("1a00"), Errc::corrupt) << "unknown field";
  EXPECT_EQ(error("0a000a00"), Errc::corrupt) << "data twice";
  EXPECT_EQ(error("0a05000102"), Errc::corrupt) << "cut short";
  EXPECT_EQ(error("0a"), Errc::corrupt);
  EXPECT_EQ(error("0affffffffffffffffff01"), Errc::corrupt) << "huge length";
  EXPECT_EQ(error("8a0000"), Errc::corrupt) << "tag not in its shortest form";
  EXPECT_EQ(error("0a8000"), Errc::corrupt) << "length not in its shortest form";
  EXPECT_EQ(error("0d00000000"), Errc::corrupt) << "fixed 32-bit field";
  EXPECT_EQ(error("1200"), Errc::corrupt) << "a link without a CID";
  EXPECT_EQ(error("12021200"), Errc::corrupt) << "a link of only a name";
  EXPECT_EQ(error("12020a00"), Errc::corrupt) << "an empty CID";
  EXPECT_EQ(error("1228"
                  "1200" +
                  kHash),
            Errc::corrupt)
      << "name before CID";
  EXPECT_EQ(error("122a" + kHash +
                  "1200"
                  "1200"),
            Errc::corrupt)
      << "two names";
  EXPECT_EQ(error("122a" + kHash +
                  "1800"
                  "1200"),
            Errc::corrupt)
      << "size before name";
  EXPECT_EQ(error("1228" + kHash + "2000"), Errc::corrupt) << "unknown field in a link";
  EXPECT_EQ(error("1228" + kHash + "1a00"), Errc::corrupt) << "size that is no number";
}

TEST(DagPb, AcceptsDataFirstOnlyWhereAsked) {
  const std::string link = "1226" + kHash;
  EXPECT_EQ(error("0a00" + link), Errc::corrupt);
  const Bytes dataFirst = *fromHex("0a00" + link + link);
  ASSERT_TRUE(decode(dataFirst, Order::either));
  EXPECT_EQ(decode(dataFirst, Order::either)->links.size(), 2U);
  EXPECT_EQ(error(link + "0a00" + link, Order::either), Errc::corrupt) << "links on both sides";
}

TEST(DagPb, TellsLinksOfOtherKindsApart) {
  const auto version0 =
      decode(*fromHex("1224"
                      "0a22"
                      "1220" +
                      kCid.substr(8)));
  ASSERT_TRUE(version0.has_value());
  EXPECT_EQ(toHex(version0->links.at(0).cid.bytes()), "01701220" + kCid.substr(8));
  EXPECT_EQ(error("1225"
                  "0a23"
                  "1220" +
                  kCid.substr(8) + "00"),
            Errc::corrupt)
      << "more than a CID of version 0";
  EXPECT_EQ(error("1226"
                  "0a24"
                  "01721220" +
                  kCid.substr(8)),
            Errc::unsupported)
      << "libp2p-key";
}

RC_GTEST_PROP(DagPb, RoundTrips, (const std::vector<std::tuple<Cid, std::string, std::uint64_t>>& links)) {
  const auto data = *rc::gen::maybe(rc::gen::arbitrary<Bytes>());
  Bytes block;
  for (const auto& [cid, name, tsize] : links) appendLink(block, {cid, name, tsize});
  if (data) appendData(block, *data);
  const auto node = decode(block);
  RC_ASSERT(node.has_value());
  RC_ASSERT(node->links.size() == links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    RC_ASSERT(node->links[i].cid == std::get<0>(links[i]));
    RC_ASSERT(node->links[i].name == std::get<1>(links[i]));
    RC_ASSERT(node->links[i].tsize == std::get<2>(links[i]));
  }
  RC_ASSERT(node->data.has_value() == static_cast<bool>(data));
  if (data) RC_ASSERT(toBytes(*node->data) == *data);
}

}  // namespace
}  // namespace cairn::dagpb
