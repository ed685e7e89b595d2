#include "daemon/pins/networks.h"

#include <gtest/gtest.h>

namespace cairn::pins {
namespace {

bool allows(const Networks& networks, const char* text) {
  return networks.allows(boost::asio::ip::make_address(text));
}

TEST(Networks, AreThePublicInternetAlone) {
  const Networks none;
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1"})
    EXPECT_TRUE(allows(none, text)) << text;
  for (const char* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "2002:7f00:1::",
                           "64:ff9b::7f00:1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1"})
    EXPECT_FALSE(allows(none, text)) << text;
}

TEST(Networks, AndThoseThatAreListed) {
  const auto some = Networks::make({"10.1.0.0/16", "fd00:1::/32", "127.0.0.1/32"});
  ASSERT_TRUE(some);
  for (const char* text : {"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "fd00:1::9", "127.0.0.1", "1.1.1.1"})
    EXPECT_TRUE(allows(*some, text)) << text;
  for (const char* text : {"10.0.255.255", "10.2.0.0", "fd00:2::", "127.0.0.2"})
    EXPECT_FALSE(allows(*some, text)) << text;
}

TEST(Networks, AreSpelledWithTheirLength) {
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "fd00::/x", "name/8"})
    EXPECT_FALSE(Networks::make({text})) << text;
}

}  // namespace
}  // namespace cairn::pins
