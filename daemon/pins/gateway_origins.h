// Blocks from the trustless gateways that a pin names as its origins.
//
// Contract: see blocks::Source; used by one pin's coroutines, on one executor. The gateways are asked in turn, the one
// that gave the last block first, and all of them a few times where they fail for the moment; what they give is
// verified. Errc::not_found when all say that they have it not, Errc::denied when none of them may be connected to,
// Errc::too_large for a block over kMostBlock, else Errc::unavailable with what the last one did. Redirects are not
// followed. The client decides by its own rule which addresses it connects to. Messages name the gateways as the user
// did, and no address.
#pragma once

#include "daemon/blocks/source.h"
#include "daemon/http/client.h"
#include "daemon/pins/multiaddr.h"
#include "daemon/rt/clock.h"

namespace cairn::pins {

class GatewayOrigins final : public blocks::Source {
 public:
  GatewayOrigins(std::vector<GatewayAddress> gateways, http::Client& client, Clock& clock)
      : gateways_(std::move(gateways)), client_(client), clock_(clock) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override;

 private:
  Task<Result<blocks::BlockData>> ask(std::size_t which, Cid cid);
  Task<Result<blocks::BlockData>> askEach(Cid cid);

  const std::vector<GatewayAddress> gateways_;
  http::Client& client_;
  Clock& clock_;
  std::size_t preferred_ = 0;
};

}  // namespace cairn::pins
