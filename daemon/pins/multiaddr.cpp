#include "daemon/pins/multiaddr.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "common/base/text.h"
#include "common/base/url.h"
#include "common/cid/multibase.h"

namespace cairn::pins {
namespace {

namespace ip = boost::asio::ip;

enum class Value { none, ip4, ip6, name, port, peer, text, path };
struct Protocol {
  std::string_view name;
  Value value;
};
constexpr std::array kProtocols{
    Protocol{"ip4", Value::ip4},
    Protocol{"ip6", Value::ip6},
    Protocol{"ip6zone", Value::text},
    Protocol{"dns", Value::name},
    Protocol{"dns4", Value::name},
    Protocol{"dns6", Value::name},
    Protocol{"dnsaddr", Value::name},
    Protocol{"tcp", Value::port},
    Protocol{"udp", Value::port},
    Protocol{"quic", Value::none},
    Protocol{"quic-v1", Value::none},
    Protocol{"webtransport", Value::none},
    Protocol{"certhash", Value::text},
    Protocol{"ws", Value::none},
    Protocol{"wss", Value::none},
    Protocol{"tls", Value::none},
    Protocol{"sni", Value::name},
    Protocol{"noise", Value::none},
    Protocol{"http", Value::none},
    Protocol{"https", Value::none},
    Protocol{"http-path", Value::path},
    Protocol{"p2p", Value::peer},
    Protocol{"ipfs", Value::peer},
    Protocol{"p2p-circuit", Value::none},
    Protocol{"webrtc", Value::none},
    Protocol{"webrtc-direct", Value::none},
    Protocol{"p2p-webrtc-direct", Value::none},
    Protocol{"onion3", Value::text},
};

bool isHostName(std::string_view text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, plain) && text.front() != '.' &&
         text.front() != '-';
}

/// The multihash of a key, in base58btc, or as a CIDv1.
bool isPeerId(std::string_view text) {
  if (text.size() < 32 || text.size() > 128) return false;
  const bool bare = text.starts_with("Qm") || text.starts_with("1");
  return decodeMultibase(bare ? "z" + std::string(text) : std::string(text)).has_value();
}

bool fits(Value value, std::string_view text) {
  boost::system::error_code wrong;
  switch (value) {
    case Value::none:
      return text.empty();
    case Value::ip4:
      return ip::make_address_v4(text, wrong), !wrong;
    case Value::ip6:
      return ip::make_address_v6(text, wrong), !wrong && text.find('%') == text.npos;
    case Value::name:
      return isHostName(text);
    case Value::port: {
      const auto port = parseDecimal(text);
      return port && *port <= 65535;
    }
    case Value::peer:
      return isPeerId(text);
    case Value::path:
      return percentDecode(text).has_value();
    case Value::text:
      return !text.empty();
  }
  return false;
}

bool isPlain(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

Error wrong(std::string_view text, const std::string& what) {
  return fail(Errc::invalid, "\"" + std::string(text.substr(0, 128)) + "\" is no multiaddr: " + what);
}

std::size_t at(const Multiaddr& a, std::size_t i, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names)
    if (i < a.size() && a[i].protocol == name) return i + 1;
  return 0;
}

}  // namespace

Result<Multiaddr> parseMultiaddr(std::string_view text) {
  if (text.empty() || text.size() > kMaxMultiaddr || !isPlain(text))
    return wrong(isPlain(text) ? text : "", "it has 1 to 512 printable ASCII characters");
  if (text.front() != '/') return wrong(text, "it begins with a /");
  Multiaddr out;
  std::string_view rest = text;
  const auto next = [&rest] {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(end);
    return piece;
  };
  while (!rest.empty() && rest != "/") {
    const std::string_view name = next();
    const auto known = std::ranges::find(kProtocols, name, &Protocol::name);
    if (known == kProtocols.end()) return wrong(text, "there is no protocol \"" + std::string(name) + "\"");
    std::string_view value;
    if (known->value != Value::none) {
      if (rest.empty()) return wrong(text, std::string(name) + " has no value");
      value = next();
    }
    if (!fits(known->value, value))
      return wrong(text, "\"" + std::string(value) + "\" is no value of " + std::string(name));
    out.push_back({name == "ipfs" ? "p2p" : std::string(name), std::string(value)});
  }
  if (out.empty()) return wrong(text, "it is empty");
  return out;
}

std::optional<GatewayAddress> gatewayOf(const Multiaddr& a) {
  GatewayAddress out;
  std::size_t i = at(a, 0, {"ip4", "ip6", "dns", "dns4", "dns6"});
  if (i == 0 || at(a, i, {"tcp"}) == 0) return std::nullopt;
  out.host = a[0].value;
  out.port = static_cast<std::uint16_t>(parseDecimal(a[i].value).value_or(0));
  i += 1;
  if (const auto tls = at(a, i, {"tls"})) {
    out.tls = true;
    i = tls;
    if (const auto sni = at(a, i, {"sni"})) {
      if (!sameIgnoringCase(a[i].value, out.host)) return std::nullopt;
      i = sni;
    }
    if (i = at(a, i, {"http"}); i == 0) return std::nullopt;
  } else {
    out.tls = at(a, i, {"https"}) != 0;
    if (i = at(a, i, {"https", "http"}); i == 0) return std::nullopt;
  }
  if (const auto path = at(a, i, {"http-path"})) {
    std::string decoded = *percentDecode(a[i].value);
    while (decoded.ends_with('/')) decoded.pop_back();
    while (decoded.starts_with('/')) decoded.erase(0, 1);
    if (!decoded.empty()) out.path = "/" + uriEncode(decoded, Slash::keep);
    i = path;
  }
  if (const auto peer = at(a, i, {"p2p"})) i = peer;
  if (i != a.size() || out.port == 0) return std::nullopt;
  return out;
}

std::optional<PeerAddress> peerOf(const Multiaddr& a) {
  if (a.empty() || a.back().protocol != "p2p") return std::nullopt;
  PeerAddress out;
  out.peer = a.back().value;
  std::size_t i = at(a, 0, {"ip4", "ip6", "dns", "dns4", "dns6"});
  if (i == 0) return a.size() == 1 ? std::optional(out) : std::nullopt;
  out.host = a[0].value;
  for (; i < a.size(); ++i) {
    const bool last = i + 1 == a.size();
    if (!last && at(a, i, {"tcp", "udp", "quic-v1", "ws", "webtransport", "certhash"}) == 0) return std::nullopt;
    out.after += "/" + a[i].protocol + (a[i].value.empty() ? "" : "/" + a[i].value);
  }
  return out;
}

}  // namespace cairn::pins
