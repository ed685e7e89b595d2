// The trustless gateway of a master: its door, and who may read through it.
//
// Contract: borrows what it is made with, for its life; handle() of the door is thread-safe.
#pragma once

#include "daemon/app/config.h"
#include "daemon/gateway/ipfs_door.h"
#include "daemon/s3/authority.h"

namespace cairn::app {

class Gateway final : gateway::Rights {
 public:
  Gateway(const Config& config, blocks::Source& source, bucket::Service& buckets, const auth::Authenticator& callers,
          Clock& clock)
      : authority_(buckets, callers, clock), door(source, config.openGateway, *this) {}

 private:
  Task<gateway::Asked<Cid>> content(const http::Request& request) override;
  Task<gateway::Asked<Cid>> contents(const http::Request& request, std::string bucket) override;

  s3::Authority authority_;

 public:
  gateway::IpfsDoor door;
};

}  // namespace cairn::app
