#include "daemon/pins/networks.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace cairn::pins {
namespace {

namespace ip = boost::asio::ip;

// What is not the public Internet. Of IPv6 only 2000::/3 is, without these.
constexpr std::array kClosed{
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
    "2001::/23",     "2001:db8::/32",   "2002::/16",      "3fff::/20",
};
constexpr const char* kOpenV6 = "2000::/3";
constexpr const char* kAllV4 = "0.0.0.0/0";

ip::address_v6 widened(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

}  // namespace

bool Networks::Range::holds(const ip::address_v6& address) const {
  const auto a = address.to_bytes(), b = first.to_bytes();
  for (unsigned bit = 0; bit < bits; bit += 8) {
    const unsigned left = std::min(8U, bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xffU << (8 - left));
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Networks::Range> Networks::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  boost::system::error_code wrong;
  const auto address = ip::make_address(text.substr(0, slash), wrong);
  const auto bits = parseDecimal(text.substr(slash + 1));
  const unsigned offset = address.is_v4() ? 96 : 0;
  if (wrong || !bits || *bits + offset > 128) return std::nullopt;
  return Range{widened(address), static_cast<unsigned>(*bits) + offset};
}

Result<Networks> Networks::make(const std::vector<std::string>& listed) {
  Networks out;
  for (const std::string& text : listed) {
    const auto range = parse(text);
    if (!range) return fail(Errc::invalid, "\"" + text + "\" is no network such as 10.1.0.0/16 or fd00::/8");
    out.listed_.push_back(*range);
  }
  return out;
}

bool Networks::allows(ip::address address) const {
  const ip::address_v6 wide = widened(address);
  const auto holds = [&wide](const Range& range) { return range.holds(wide); };
  if (std::ranges::any_of(listed_, holds)) return true;
  static const std::vector<Range> closed = [] {
    std::vector<Range> out;
    for (const char* text : kClosed) out.push_back(*parse(text));
    return out;
  }();
  static const Range openV6 = *parse(kOpenV6), allV4 = *parse(kAllV4);
  return (openV6.holds(wide) || allV4.holds(wide)) && std::ranges::none_of(closed, holds);
}

}  // namespace cairn::pins
