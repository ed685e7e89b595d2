// A storage node: a block store and the block door, nothing else.
#include "daemon/app/keys.h"
#include "daemon/app/node.h"
#include "daemon/app/stores.h"
#include "daemon/gateway/door.h"
#include "daemon/http/server.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

class Storage final : public Node {
 public:
  Storage(const Config& config, DataPlane& plane) : config_(config), plane_(plane) {}

  Status start() override {
    auto keys = loadKeys(config_.data);
    if (!keys) return keys.error();
    auto blocks = openBlocks(config_);
    if (!blocks) return blocks.error();
    store_ = std::move(blocks->store);
    holder_ = std::make_unique<pinning::LocalHolder>(MasterId(config_.node), *store_);
    door_ = std::make_unique<gateway::BlockDoor>(*holder_);
    http::ServerOptions server;
    server.name = "blocks";
    server.address = config_.blocks.address;
    server.port = config_.blocks.port;
    server.limits.bodyBytes = http::Limits::kNoLimit;
    server.tls =
        http::ServerTls{keys->tls.certPem, keys->tls.keyPem, [allowed = config_.allowKeys](const std::string& key) {
                          return std::find(allowed.begin(), allowed.end(), key) != allowed.end();
                        }};
    server_ = std::make_unique<http::Server>(plane_.io(), server, [this](auto& request, auto& body, auto& response) {
      return door_->handle(request, body, response);
    });
    if (auto s = server_->start(); !s) return s;
    log::info("app", "storage node serves", {{"blocks", server_->endpoint()}, {"key", keys->fingerprint}});
    return {};
  }

  void tick() override {}
  void drain() override { plane_.start(server_->drain(config_.drain)).get(); }
  Endpoints endpoints() const override { return {{}, {}, server_->endpoint()}; }

 private:
  Config config_;
  DataPlane& plane_;
  std::unique_ptr<blocks::Store> store_;
  std::unique_ptr<pinning::LocalHolder> holder_;
  std::unique_ptr<gateway::BlockDoor> door_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

std::unique_ptr<Node> makeStorage(const Config& config, DataPlane& plane) {
  return std::make_unique<Storage>(config, plane);
}

}  // namespace cairn::app
