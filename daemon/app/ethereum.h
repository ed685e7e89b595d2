// The Ethereum node that is asked about contract wallets (`auth.ethereum_rpc`).
//
// Contract: parseRpcUrl() takes http:// or https://, a host, perhaps a port and a path; Errc::invalid otherwise,
// without the text, since providers put keys into it. askNode() asks over a client of its own: 3 s and 256 KiB at most,
// any status but 200 is Errc::unavailable. `io` outlives what it gives.
#pragma once

#include "daemon/auth/contract_wallets.h"
#include "daemon/http/client.h"

namespace cairn::app {

struct RpcUrl {
  http::Endpoint endpoint;
  std::string target;
};
Result<RpcUrl> parseRpcUrl(const std::string& text);

auth::ContractWallets::Ask askNode(net::io_context& io, RpcUrl url);

}  // namespace cairn::app
