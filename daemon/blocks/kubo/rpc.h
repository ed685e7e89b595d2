// kubo's HTTP RPC (https://docs.ipfs.tech/reference/kubo/rpc/) as a Node.
//
// Contract: see node.h. `io`, which a single thread runs and on which all calls are made, outlives the node and its
// calls. At most kMostReads get()s are asked at a time; more wait for their turn. Answers are bounded in size and time.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <memory>

#include "daemon/blocks/kubo/node.h"
#include "daemon/http/client.h"
#include "daemon/rt/clock.h"

namespace cairn::blocks::kubo {

struct RpcOptions {
  http::Endpoint endpoint;
  std::string repository;  ///< kubo's directory where it is on this machine, else empty
  std::chrono::milliseconds readTimeout{10'000};
  std::chrono::milliseconds writeTimeout{60'000};  ///< of an import, a sync, a pin
};

class RpcNode final : public Node {
 public:
  RpcNode(net::io_context& io, RpcOptions options);

  Task<Result<About>> about() override;
  Task<Result<std::string>> instance() override;
  Task<Status> import(std::vector<Block> blocks) override;
  Task<Status> put(Block block) override;
  Task<Result<BlockData>> get(Cid cid) override;
  Task<Status> makeDurable(Durability how) override;
  Task<Status> pin(Cid root, std::optional<Cid> from, std::string name) override;

 private:
  static constexpr std::size_t kMostReads = 64;

  struct Call {
    std::string target;
    http::Headers headers;
    Bytes body;
    std::chrono::milliseconds timeout{0};
    std::uint64_t mostBytes = 1 << 20;
    bool get = false;
  };
  Task<Result<Bytes>> ask(Call call);
  Task<Result<Json>> askJson(std::string target);
  Call upload(std::string target, const Bytes& file);
  Task<Status> syncFileSystem();
  bool isRepositoryOf(const std::string& peer) const;

  RpcOptions options_;
  http::Client client_;
  std::unique_ptr<Random> random_ = systemRandom();
  std::size_t reading_ = 0;
  std::deque<OneShot<bool>> queue_;
  net::thread_pool syncer_{1};
};

}  // namespace cairn::blocks::kubo
