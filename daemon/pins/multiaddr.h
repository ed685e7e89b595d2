// Multiaddrs (https://github.com/multiformats/multiaddr) as origins of pins, in their text form.
//
// Contract: pure, any thread. parseMultiaddr() takes what is well formed and made of protocols that are known here, up
// to kMaxMultiaddr bytes; Errc::invalid says what is wrong. Nothing is resolved. gatewayOf() gives the trustless
// gateway that an address names: a host, a TCP port, and https, tls/http or http, perhaps under an http-path; nullopt
// for all else. peerOf() gives what a libp2p node can be dialled by: nullopt where no peer id is in it, where the way
// leads over a relay, or needs a name in a certificate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn::pins {

inline constexpr std::size_t kMaxMultiaddr = 512;

struct MultiaddrPart {
  std::string protocol, value;
};
using Multiaddr = std::vector<MultiaddrPart>;

Result<Multiaddr> parseMultiaddr(std::string_view text);

struct GatewayAddress {
  std::string host;  ///< name or IP address
  std::uint16_t port = 0;
  bool tls = false;
  std::string path;  ///< "" or "/some/where", percent-encoded
};
std::optional<GatewayAddress> gatewayOf(const Multiaddr& address);

struct PeerAddress {
  std::string host;   ///< name or IP address; empty: wherever the network says that the peer is
  std::string after;  ///< what stands behind the host, "/tcp/4001/p2p/12D3..."
  std::string peer;
};
std::optional<PeerAddress> peerOf(const Multiaddr& address);

}  // namespace cairn::pins
