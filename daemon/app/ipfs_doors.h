// A master's doors for other IPFS tools: the trustless gateway, who may read through it, and the pinning service with
// its worker.
//
// Contract: borrows what it is made with, for its life. handle() is thread-safe and answers what serves() claims;
// tick() is to be called about once a second, from anywhere; stop() hands back the pins that are worked on.
#pragma once

#include "daemon/app/config.h"
#include "daemon/blocks/kubo/kubo.h"
#include "daemon/gateway/ipfs_door.h"
#include "daemon/pins/door.h"
#include "daemon/pins/worker.h"
#include "daemon/s3/authority.h"

namespace cairn::app {

struct IpfsParts {
  net::io_context& io;
  registry::Registry& registry;
  blocks::Source& source;
  blocks::Store& store;
  blocks::KuboStore* kubo;  ///< `store`, where that is its engine
  pinning::Quorum& quorum;
  bucket::Service& buckets;
  const auth::Authenticator& callers;
  Clock& clock;
  Random& random;
  Bytes publicKey;                          ///< this node's, of receipts
  std::function<std::string()> apiAddress;  ///< host:port
};

class IpfsDoors final : gateway::Rights {
 public:
  IpfsDoors(const Config& config, IpfsParts parts);

  static bool serves(std::string_view path) { return gateway::IpfsDoor::serves(path) || pins::Door::serves(path); }
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);
  Task<void> tick();
  Task<void> stop() { return worker_.stop(); }

 private:
  Task<gateway::Asked<Cid>> content(const http::Request& request) override;
  Task<gateway::Asked<Cid>> contents(const http::Request& request, std::string bucket) override;
  pins::DoorOptions doorOptions(const Config& config);
  Task<std::vector<std::string>> delegates();

  const std::vector<std::string> configured_;  ///< delegates
  const bool tls_;
  IpfsParts parts_;
  s3::Authority authority_;
  gateway::IpfsDoor gateway_;
  http::Client origins_;
  std::unique_ptr<pins::KuboPeer> peer_;  ///< null: no kubo, or nothing is fetched
  pins::OwnContent own_;
  pins::Worker worker_;
  pins::Door pins_;
  std::atomic<unsigned> ticks_{0};
};

}  // namespace cairn::app
