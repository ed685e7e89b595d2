#include "daemon/pins/gateway_origins.h"

#include "daemon/pins/bring.h"

namespace cairn::pins {
namespace {

constexpr std::chrono::milliseconds kTimeout{15'000};
constexpr int kRounds = 3;
constexpr Duration kPause = std::chrono::milliseconds(500);

std::string nameOf(const GatewayAddress& gateway) {
  return "origin " + gateway.host + ":" + std::to_string(gateway.port);
}

Error refusal(const GatewayAddress& gateway, const Cid& cid, int status) {
  if (status == 404 || status == 410) return fail(Errc::not_found, nameOf(gateway) + " has no block " + cid.str());
  if (status / 100 == 3) return fail(Errc::unavailable, nameOf(gateway) + " redirects, which is not followed");
  return fail(Errc::unavailable, nameOf(gateway) + " answered " + std::to_string(status));
}

Error failure(const GatewayAddress& gateway, const Cid& cid, const Error& error) {
  switch (error.code) {
    case Errc::too_large:
      return fail(Errc::too_large, nameOf(gateway) + " gives more than 2 MiB for block " + cid.str());
    case Errc::denied:
      return fail(Errc::denied, nameOf(gateway) +
                                    " is not to be connected to: its address is private or reserved, or"
                                    " its certificate is refused");
    case Errc::timeout:
      return fail(Errc::unavailable, nameOf(gateway) + " did not answer in time");
    default:
      return fail(Errc::unavailable, nameOf(gateway) + " cannot be reached");
  }
}

}  // namespace

Task<Result<blocks::BlockData>> GatewayOrigins::ask(std::size_t which, Cid cid) {
  const GatewayAddress& gateway = gateways_[which];
  http::ClientRequest request;
  request.target = gateway.path + "/ipfs/" + cid.str() + "?format=raw";
  request.headers.add("Accept", "application/vnd.ipld.raw");
  request.headers.add("User-Agent", "cairnd/" CAIRN_VERSION);
  request.timeout = kTimeout;
  request.maxResponseBytes = kMostBlock;
  http::Endpoint endpoint{gateway.host, gateway.port, gateway.tls, {}};
  auto answer = co_await client_.request(std::move(endpoint), std::move(request));
  if (!answer) co_return failure(gateway, cid, answer.error());
  if (answer->status != 200) co_return refusal(gateway, cid, answer->status);
  if (!cid.verifies(answer->body))
    co_return fail(Errc::unavailable, nameOf(gateway) + " gives other bytes for block " + cid.str());
  co_return blocks::BlockData::own(std::move(answer->body));
}

Task<Result<blocks::BlockData>> GatewayOrigins::askEach(Cid cid) {
  Error last = fail(Errc::not_found, "there is no origin to ask");
  const std::size_t first = preferred_;
  for (std::size_t i = 0; i < gateways_.size(); ++i) {
    const std::size_t which = (first + i) % gateways_.size();
    auto got = co_await ask(which, cid);
    if (got) {
      preferred_ = which;
      co_return got;
    }
    if (got.error().code == Errc::too_large) co_return got;
    // One that fails for the moment may have it, whatever the others say.
    if (i == 0 || got.error().code == Errc::unavailable) last = got.error();
  }
  co_return last;
}

Task<Result<blocks::BlockData>> GatewayOrigins::get(Cid cid) {
  for (int round = 1;; ++round) {
    auto got = co_await askEach(cid);
    if (got || got.error().code != Errc::unavailable || round == kRounds) co_return got;
    co_await clock_.sleep(kPause * round);
  }
}

}  // namespace cairn::pins
