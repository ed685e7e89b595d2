// Which addresses this fleet connects to because a user named them.
//
// Contract: a value; pure, any thread. allows() is true for addresses of the public Internet, and for those of the
// networks that the operator listed; false for private, loopback, link-local, multicast, reserved and documentation
// ranges, also where an IPv4 address hides in an IPv6 one. Ask it of the address that is about to be connected to,
// never of a name. Source: the IANA special-purpose address registries.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace cairn::pins {

class Networks {
 public:
  Networks() = default;
  /// "10.1.0.0/16", "fd00::/8"; Errc::invalid names the one that is none.
  static Result<Networks> make(const std::vector<std::string>& listed);
  bool allows(boost::asio::ip::address address) const;

 private:
  struct Range {
    boost::asio::ip::address_v6 first;  ///< IPv4 as mapped
    unsigned bits = 128;
    bool holds(const boost::asio::ip::address_v6& address) const;
  };
  static std::optional<Range> parse(const std::string& text);
  std::vector<Range> listed_;
};

}  // namespace cairn::pins
