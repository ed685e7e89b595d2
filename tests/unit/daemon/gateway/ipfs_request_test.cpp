#include "daemon/gateway/ipfs_request.h"

#include <gtest/gtest.h>

namespace cairn::gateway {
namespace {

const std::string kCid = "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu";

Asked<IpfsRequest> parse(const std::string& target, const std::string& accept = {}) {
  http::Request request;
  request.method = "GET";
  request.setTarget(target);
  if (!accept.empty()) request.headers.add("Accept", accept);
  return parseIpfsRequest(request);
}

/// The ETag, which says all that matters, without the CID; or the status of the refusal.
std::string said(const std::string& query, const std::string& accept = {}) {
  const auto asked = parse("/ipfs/" + kCid + query, accept);
  if (!asked) return std::to_string(asked.error().status);
  EXPECT_TRUE(asked->etag().starts_with("\"" + kCid + "."));
  return asked->etag().substr(kCid.size() + 2, asked->etag().size() - kCid.size() - 3);
}

TEST(IpfsRequest, ReadsTheForm) {
  EXPECT_EQ(said("?format=raw"), "raw");
  EXPECT_EQ(said("?format=car"), "car.all.n");
  EXPECT_EQ(said("", "application/vnd.ipld.raw"), "raw");
  EXPECT_EQ(said("", "text/html, application/vnd.ipld.car; version=1; order=dfs; dups=y; q=0.5"), "car.all.y");
  EXPECT_EQ(said("", "application/vnd.ipld.raw;q=0.4,application/vnd.ipld.car;q=0.5"), "car.all.n");
  EXPECT_EQ(said("", "application/vnd.ipld.car;order=foo, application/vnd.ipld.car;order=dfs;dups=y;q=0.1"),
            "car.all.y");
  EXPECT_EQ(said("?format=raw", "application/vnd.ipld.car"), "raw") << "the query goes first";
  EXPECT_EQ(said("?format=car", "application/vnd.ipld.car;dups=y"), "car.all.y");
  EXPECT_EQ(said("?format=car&car-dups=n", "application/vnd.ipld.car;dups=y"), "car.all.n");
}

TEST(IpfsRequest, RefusesWhatNeedsTrustOrIsNotMade) {
  EXPECT_EQ(said(""), "400");
  EXPECT_EQ(said("", "*/*"), "400");
  EXPECT_EQ(said("", "text/html,*/*;q=0.8"), "406");
  EXPECT_EQ(said("?format=tar"), "406");
  EXPECT_EQ(said("", "application/vnd.ipld.car;version=2"), "406");
  EXPECT_EQ(said("?format=car&car-version=2"), "406");
  EXPECT_EQ(said("?format=car&car-order=bfs"), "406");
  EXPECT_EQ(said("?format=car&car-dups=maybe"), "406");
  EXPECT_EQ(said("", "application/vnd.ipld.raw;q=0"), "400");
  EXPECT_EQ(said("/a/b?format=raw"), "400");
  for (const char* bad : {"/..", "/a/../b", "/%2e%2E", "/%zz", "/%4"})
    EXPECT_EQ(said(bad + std::string("?format=car")), "400") << bad;
  EXPECT_EQ(parse("/ipfs/hello?format=raw").error().status, 400);
  EXPECT_EQ(parse("/ipfs/?format=raw").error().status, 400);
}

TEST(IpfsRequest, ReadsAPath) {
  const auto asked = parse("/ipfs/" + kCid + "/a%20b//%2F/c/?format=car");
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->path, (std::vector<std::string>{"a b", "/", "c"}));
  EXPECT_NE(said("/a/b?format=car"), said("/a%2Fb?format=car"));
  EXPECT_EQ(said("/a/b?format=car"), said("/a//b/?format=car"));
  EXPECT_EQ(said("/?format=raw"), "raw");
}

TEST(IpfsRequest, ReadsScopeAndBytes) {
  EXPECT_EQ(said("?format=car&dag-scope=block&car-order=unk"), "car.block.n");
  EXPECT_EQ(said("?format=car&dag-scope=entity"), "car.entity.n");
  EXPECT_EQ(said("?format=car&entity-bytes=0:*"), "car.entity.0_end.n");
  EXPECT_EQ(said("?format=car&dag-scope=all&entity-bytes=-1024:-1"), "car.entity.-1024_-1.n");
  for (const char* bad : {"", "1", "a:b", "1:", ":1", "1:2:3", "1:**", "99999999999999999999:1"})
    EXPECT_EQ(said(std::string("?format=car&entity-bytes=") + bad), "400") << bad;
  EXPECT_EQ(said("?format=car&dag-scope=some"), "400");
}

TEST(IpfsRequest, TakesVersion0AndTheProbe) {
  const auto version0 = parse("/ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH?format=raw");
  ASSERT_TRUE(version0.has_value()) << version0.error().message;
  EXPECT_EQ(version0->order.root.codec(), Codec::dag_pb);
  EXPECT_EQ(version0->order.root.str(), "bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4y");
  EXPECT_EQ(parse("/ipfs/QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1Aw0H?format=raw").error().status, 400);
  EXPECT_TRUE(parse("/ipfs/bafkqaaa?format=car")->probe);
}

}  // namespace
}  // namespace cairn::gateway
