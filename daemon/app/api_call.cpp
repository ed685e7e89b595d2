#include "daemon/app/api_call.h"

#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "common/api/messages.h"
#include "common/identity/token.h"
#include "daemon/app/ethereum.h"
#include "daemon/app/offline.h"
#include "daemon/fleet/membership.h"

namespace cairn::app {
Result<http::Endpoint> endpointOf(const std::string& at) {
  if (at.starts_with("http://") || at.starts_with("https://")) {
    auto url = parseRpcUrl(at);
    if (!url) return fail(Errc::invalid, at + " is no address such as http://host:9000");
    return url->endpoint;
  }
  auto address = fleet::parseAddress(at);
  if (!address) return address.error();
  return http::Endpoint{address->host, address->port, false, {}};
}

Result<http::Response> callApi(const std::string& api, const ApiCall& call) {
  auto endpoint = endpointOf(api);
  if (!endpoint) return endpoint.error();
  net::io_context io(1);
  http::Client client(io, {});
  Result<http::Response> answer = fail(Errc::unavailable, "");
  auto ask = [&]() -> Task<void> {
    http::ClientRequest request;
    request.method = call.method;
    request.target = call.target;
    request.timeout = std::chrono::seconds(10);
    request.body = toBytes(asBytes(call.body));
    if (!call.body.empty()) request.headers.add("Content-Type", "application/json");
    if (!call.token.empty()) request.headers.add("Authorization", "Bearer " + call.token);
    answer = co_await client.request(*endpoint, std::move(request));
  };
  spawn(net::make_strand(io), ask());
  io.run();
  if (!answer)
    return fail(answer.error().code, "no master answers at " + api + ": " + answer.error().message +
                                         ". Is cairnd running? Its API door is [api] listen in the configuration.");
  return answer;
}

Result<std::string> readToken(const std::string& file) {
  const char* named = std::getenv("CAIRN_TOKEN_FILE");
  const std::string from = !file.empty() ? file : named != nullptr ? named : "";
  if (from.empty()) return std::string();
  return readInput(from, identity::kMaxTokenBytes);
}

Error problemOf(const std::string& api, const http::Response& answer) {
  const auto problem = api::fromJson<api::Problem>(asText(answer.body));
  std::string said = problem ? problem->message : "HTTP status " + std::to_string(answer.status);
  if (answer.status == 401) said += ". Name its file with --token-file or in CAIRN_TOKEN_FILE";
  const Errc code = answer.status == 503                           ? Errc::unavailable
                    : answer.status == 401 || answer.status == 403 ? Errc::denied
                                                                   : Errc::invalid;
  return fail(code, api + ": " + said);
}

}  // namespace cairn::app
