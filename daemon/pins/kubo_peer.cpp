#include "daemon/pins/kubo_peer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/base/json.h"
#include "common/base/url.h"
#include "daemon/pins/bring.h"
#include "daemon/rt/log.h"

namespace cairn::pins {
namespace {

using net::ip::tcp;

constexpr std::chrono::milliseconds kFetch{30'000}, kConnect{10'000}, kAsk{5'000};
constexpr Duration kRemember = std::chrono::seconds(30);
constexpr std::size_t kMostDelegates = 20;

std::string literal(const net::ip::address& address) {
  return (address.is_v4() ? "/ip4/" : "/ip6/") + address.to_string();
}

}  // namespace

KuboPeer::KuboPeer(net::io_context& io, http::Endpoint rpc, Networks networks, Clock& clock)
    : io_(io), rpc_(std::move(rpc)), networks_(std::move(networks)), clock_(clock), client_(io, {}) {}

Task<Result<http::Response>> KuboPeer::call(std::string target, std::chrono::milliseconds timeout,
                                            std::uint64_t mostBytes) {
  http::ClientRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.timeout = timeout;
  request.maxResponseBytes = mostBytes;
  co_return co_await client_.request(rpc_, std::move(request));
}

Task<Result<blocks::BlockData>> KuboPeer::fetch(Cid cid) {
  const std::string target = "/api/v0/block/get?arg=" + cid.str() + "&timeout=" + std::to_string(kFetch.count()) + "ms";
  auto answer = co_await call(target, kFetch + kAsk, kMostBlock);
  if (!answer && answer.error().code == Errc::too_large)
    co_return fail(Errc::too_large, "block " + cid.str() + " has more than the 2 MiB that a block may have");
  if (!answer) co_return fail(Errc::unavailable, "kubo does not answer");
  if (answer->status != 200) co_return fail(Errc::not_found, "nobody on the network gave block " + cid.str());
  if (!cid.verifies(answer->body)) co_return fail(Errc::unavailable, "kubo gave other bytes for block " + cid.str());
  co_return blocks::BlockData::own(std::move(answer->body));
}

/// The addresses to dial, as kubo takes them.
Task<std::vector<std::string>> KuboPeer::dialled(PeerAddress origin) {
  std::vector<std::string> out;
  if (origin.host.empty()) {
    out.push_back("/p2p/" + origin.peer);
    co_return out;
  }
  boost::system::error_code named;
  const auto address = net::ip::make_address(origin.host, named);
  if (!named) {
    if (networks_.allows(address)) out.push_back(literal(address) + origin.after);
    co_return out;
  }
  tcp::resolver resolver(io_);
  auto [failed, found] = co_await resolver.async_resolve(origin.host, "0", net::as_tuple(net::use_awaitable));
  if (failed) co_return out;
  for (const auto& entry : found)
    if (networks_.allows(entry.endpoint().address())) out.push_back(literal(entry.endpoint().address()) + origin.after);
  co_return out;
}

Task<void> KuboPeer::connect(PeerAddress origin) {
  for (const std::string& address : co_await dialled(std::move(origin))) {
    auto answer = co_await call("/api/v0/swarm/connect?arg=" + uriEncode(address), kConnect, 1U << 16);
    if (answer && answer->status == 200) co_return;
    log::debug("pins", "kubo did not connect to an origin", {{"origin", address}});
  }
}

Task<std::vector<std::string>> KuboPeer::addresses() {
  {
    std::lock_guard lock(mutex_);
    if (askedAt_ && clock_.steady() - *askedAt_ < kRemember) co_return addresses_;
    askedAt_ = clock_.steady();
  }
  auto answer = co_await call("/api/v0/id", kAsk, 1U << 18);
  const auto json = answer && answer->status == 200 ? parseJson(asText(answer->body)) : std::nullopt;
  const Json* list = json ? json->find("Addresses") : nullptr;
  std::lock_guard lock(mutex_);
  if (list != nullptr) {
    addresses_.clear();
    for (const Json& item : list->items)
      if (addresses_.size() < kMostDelegates && parseMultiaddr(item.text)) addresses_.push_back(item.text);
  }
  co_return addresses_;
}

}  // namespace cairn::pins
