#include "daemon/app/ethereum.h"

#include "daemon/fleet/membership.h"

namespace cairn::app {
namespace {

constexpr std::chrono::milliseconds kMostTime{3000};
constexpr std::uint64_t kMostBytes = 256U << 10;  // a contract's code has up to 24 KiB, twice that in hexadecimal

}  // namespace

Result<RpcUrl> parseRpcUrl(const std::string& text) {
  const Error wrong = fail(Errc::invalid, "is not an address such as http://127.0.0.1:8545 or https://host/path");
  RpcUrl out;
  std::string rest;
  for (const std::string scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    rest = text.substr(scheme.size());
    out.endpoint.tls = scheme == "https://";
  }
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  std::string authority = rest.substr(0, slash);
  out.target = rest.substr(slash);
  if (out.target.empty()) out.target = "/";
  const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (authority.empty() || authority.find('@') != std::string::npos || out.target.front() != '/' ||
      !std::all_of(rest.begin(), rest.end(), plain) || rest.find('#') != std::string::npos)
    return wrong;
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string::npos || authority.ends_with(']')) authority += out.endpoint.tls ? ":443" : ":80";
  auto address = fleet::parseAddress(authority);
  if (!address) return wrong;
  out.endpoint.host = address->host;
  out.endpoint.port = address->port;
  return out;
}

auth::ContractWallets::Ask askNode(net::io_context& io, RpcUrl url) {
  http::ClientOptions options;
  options.connectTimeout = kMostTime;
  auto client = std::make_shared<http::Client>(io, std::move(options));
  return [client, url = std::move(url)](std::string text) -> Task<Result<std::string>> {
    http::ClientRequest request;
    request.method = "POST";
    request.target = url.target;
    request.headers.add("Content-Type", "application/json");
    request.body = toBytes(asBytes(text));
    request.timeout = kMostTime;
    request.maxResponseBytes = kMostBytes;
    auto answer = co_await client->request(url.endpoint, std::move(request));
    if (!answer) co_return fail(Errc::unavailable, "the Ethereum node does not answer");
    if (answer->status != 200)
      co_return fail(Errc::unavailable, "the Ethereum node answered " + std::to_string(answer->status));
    co_return std::string(asText(answer->body));
  };
}

}  // namespace cairn::app
