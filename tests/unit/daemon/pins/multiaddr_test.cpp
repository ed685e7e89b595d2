#include "daemon/pins/multiaddr.h"

#include <gtest/gtest.h>

#include "daemon/pins/peer_id.h"

namespace cairn::pins {
namespace {

constexpr const char* kPeer = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK";

std::string gateway(const std::string& text) {
  const auto address = parseMultiaddr(text);
  EXPECT_TRUE(address) << text;
  const auto found = address ? gatewayOf(*address) : std::nullopt;
  if (!found) return "none";
  return (found->tls ? "https://" : "http://") + found->host + ":" + std::to_string(found->port) + found->path;
}

std::string peer(const std::string& text) {
  const auto address = parseMultiaddr(text);
  EXPECT_TRUE(address) << text;
  const auto found = address ? peerOf(*address) : std::nullopt;
  return found ? found->host + " " + found->after : "none";
}

TEST(Multiaddr, NamesATrustlessGateway) {
  EXPECT_EQ(gateway("/dns/example.com/tcp/443/https"), "https://example.com:443");
  EXPECT_EQ(gateway("/dns4/example.com/tcp/443/tls/http"), "https://example.com:443");
  EXPECT_EQ(gateway("/dns6/example.com/tcp/443/tls/sni/example.com/http"), "https://example.com:443");
  EXPECT_EQ(gateway("/ip4/192.0.2.1/tcp/8080/http"), "http://192.0.2.1:8080");
  EXPECT_EQ(gateway("/ip6/2001:db8::1/tcp/8080/http/http-path/a%2Fb%20c%2F"), "http://2001:db8::1:8080/a/b%20c");
  EXPECT_EQ(gateway(std::string("/dns/example.com/tcp/443/https/p2p/") + kPeer), "https://example.com:443");
}

TEST(Multiaddr, NamesNoGatewayWhereItIsAnotherThing) {
  for (const char* text : {"/dnsaddr/example.com", "/ip4/192.0.2.1/tcp/4001", "/ip4/192.0.2.1/udp/443/https",
                           "/dns/example.com/tcp/443/tls/sni/other.example/http", "/dns/example.com/tcp/443/https/ws",
                           "/dns/example.com/tcp/0/https", "/ip4/192.0.2.1/tcp/443/tls/ws"})
    EXPECT_EQ(gateway(text), "none") << text;
}

TEST(Multiaddr, NamesAPeer) {
  const std::string id = kPeer;
  EXPECT_EQ(peer("/ip4/192.0.2.1/tcp/4001/p2p/" + id), "192.0.2.1 /tcp/4001/p2p/" + id);
  EXPECT_EQ(peer("/ip4/192.0.2.1/udp/4001/quic-v1/ipfs/" + id), "192.0.2.1 /udp/4001/quic-v1/p2p/" + id);
  EXPECT_EQ(peer("/dns4/example.com/tcp/4001/p2p/" + id), "example.com /tcp/4001/p2p/" + id);
  EXPECT_EQ(peer("/p2p/" + id), " ");
  for (const std::string text :
       {"/ip4/192.0.2.1/tcp/4001", "/dnsaddr/example.com/p2p/", "/ip4/192.0.2.1/tcp/4001/p2p/"})
    EXPECT_EQ(text.ends_with("p2p/") ? peer(text + id + "/p2p-circuit/p2p/" + id) : peer(text), "none");
  EXPECT_EQ(peer("/dns4/example.com/tcp/443/tls/ws/p2p/" + id), "none") << "its certificate is of a name";
}

TEST(Multiaddr, SaysWhatIsWrong) {
  const std::pair<std::string, std::string> rows[] = {{"", "1 to 512"},
                                                      {std::string(513, '/'), "1 to 512"},
                                                      {"/ip4/192.0.2.1/tcp/80/http\n", "1 to 512"},
                                                      {"ip4/192.0.2.1", "begins"},
                                                      {"/ip4/192.0.2.256", "no value of ip4"},
                                                      {"/ip6/::1%eth0", "no value of ip6"},
                                                      {"/tcp/65536", "no value of tcp"},
                                                      {"/tcp", "has no value"},
                                                      {"/dns/-x", "no value of dns"},
                                                      {"/dns/a b", "1 to 512"},
                                                      {"/p2p/short", "no value of p2p"},
                                                      {"/carrier-pigeon/1", "no protocol"},
                                                      {"/", "empty"},
                                                      {"/ip4/192.0.2.1//tcp/1", "no protocol"},
                                                      {"/http-path/%4", "no value of http-path"}};
  for (const auto& [text, word] : rows) {
    const auto read = parseMultiaddr(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(word), std::string::npos) << read.error().message;
  }
}

// The example of libp2p's specification of peer ids.
TEST(PeerId, IsThatOfTheKey) {
  const auto key = fromHex("037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99");
  const std::string id = peerIdOf(*key);
  EXPECT_TRUE(id.starts_with("16Uiu2HA")) << id;
  EXPECT_EQ(id.size(), 53);
  EXPECT_TRUE(parseMultiaddr("/p2p/" + id));
}

}  // namespace
}  // namespace cairn::pins
