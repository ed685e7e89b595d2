#include "daemon/http/server.h"

#include "daemon/http/server_core.h"

namespace cairn::http {

Server::Server(net::io_context& io, ServerOptions options, Handler handler)
    : core_(std::make_shared<ServerCore>(io, std::move(options), std::move(handler))) {}

Server::~Server() {
  core_->stop();
}

Status Server::start() {
  return core_->start();
}

std::uint16_t Server::port() const {
  return core_->bound().port();
}

std::string Server::endpoint() const {
  auto address = core_->bound().address();
  std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port());
}

std::size_t Server::connections() const {
  return core_->connections();
}

Task<std::size_t> Server::drain(std::chrono::milliseconds limit) {
  return core_->drain(limit);
}

}  // namespace cairn::http
