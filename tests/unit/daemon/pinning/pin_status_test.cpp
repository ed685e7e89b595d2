// What ipfs-cluster's REST API says of a pin, and what is refused as nonsense.
#include <gtest/gtest.h>

#include "daemon/pinning/cluster/rest.h"

namespace cairn::pinning {
namespace {

const Cid kRoot = Cid::of(Codec::raw, asBytes("root"));

std::string answer(const std::string& peers, const std::string& cid = kRoot.str()) {
  return R"({"cid":")" + cid + R"(","name":"cairn","allocations":[],"peer_map":)" + peers + "}\n";
}

std::string peer(const std::string& status, const std::string& more = {}) {
  return R"({"peername":"c1","ipfs_peer_id":"12D3","status":")" + status + R"(","timestamp":"2026-01-01T00:00:00Z")" +
         more + "}";
}

Result<std::vector<PeerPin>> parsed(const std::string& text) {
  return parsePinStatus(asBytes(text), kRoot);
}

TEST(PinStatus, TellsWhatEachPeerSays) {
  auto peers = parsed(answer(R"({"p1":)" + peer("pinned") + R"(,"p2":)" + peer("pin_error", R"(,"error":"no\nspace")") +
                             R"(,"p3":{"status":"pinning"}})"));
  ASSERT_TRUE(peers) << peers.error().message;
  ASSERT_EQ(peers->size(), 3U);
  EXPECT_EQ((*peers)[0].state, PeerPin::State::pinned);
  EXPECT_EQ((*peers)[1].state, PeerPin::State::failed);
  EXPECT_EQ((*peers)[1].error, "no space");
  EXPECT_EQ((*peers)[2].state, PeerPin::State::coming);
  EXPECT_EQ((*peers)[2].peer, "p3") << "without a name it is known by its id";
}

TEST(PinStatus, OnlyOneWordMeansPinned) {
  for (const char* word :
       {"pinning", "pin_queued", "queued", "unpinned", "remote", "undefined", "cluster_error", "pin_error", "error",
        "unpin_error", "unpinning", "unpin_queued", "sharded", "unexpectedly_unpinned"}) {
    auto peers = parsed(answer(R"({"p":)" + peer(word) + "}"));
    ASSERT_TRUE(peers) << word;
    EXPECT_NE(peers->front().state, PeerPin::State::pinned) << word;
  }
}

TEST(PinStatus, RefusesNonsense) {
  const std::string good = peer("pinned");
  const std::string other = Cid::of(Codec::raw, asBytes("other")).str();
  for (const std::string& text :
       std::vector<std::string>{"", "{", "null", "[]", "\xff\xfe", "<html>", answer("{}", ""), answer("{}", other),
                                answer("[" + good + "]"), R"({"peer_map":{}})", R"({"cid":1,"peer_map":{}})",
                                answer(R"({"p":1})"), answer(R"({"p":{}})"), answer(R"({"p":)" + peer("PINNED") + "}"),
                                answer(R"({"p":{"status":1}})"), answer(R"({"p":)" + good + R"(,"p":)" + good + "}"),
                                answer("{}") + answer("{}"), std::string(100'000, '[')}) {
    auto peers = parsed(text);
    ASSERT_FALSE(peers) << text.substr(0, 200);
    EXPECT_EQ(peers.error().code, Errc::unavailable);
    EXPECT_LT(peers.error().message.size(), 300U);
  }
}

TEST(PinStatus, RefusesMorePeersThanAClusterHas) {
  std::string peers = "{";
  for (int i = 0; i < 1001; ++i) peers += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + "\":" + peer("pinned");
  EXPECT_FALSE(parsed(answer(peers + "}")));
}

TEST(Printable, KeepsAnswersHarmlessAndShort) {
  EXPECT_EQ(printable("a\x1b[31m\r\nb\xc3\xa4"), "a [31m  b");
  EXPECT_LE(printable(std::string(10'000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace cairn::pinning
