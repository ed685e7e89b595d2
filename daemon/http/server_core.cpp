#include "daemon/http/server_core.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>

#include "daemon/http/connection.h"
#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::http {
namespace {

constexpr auto quietly = net::as_tuple(net::use_awaitable);
constexpr std::chrono::milliseconds kForcedEnd{1000};

}  // namespace

ServerCore::ServerCore(net::io_context& io, ServerOptions options, Handler handler)
    : io_(io),
      options_(std::move(options)),
      handler_(std::move(handler)),
      strand_(net::make_strand(io)),
      acceptor_(io.get_executor()),
      watchTimer_(strand_),
      drainTimer_(strand_),
      requests_(
          metrics::counter("cairn_http_requests_total", "Requests whose head was read", {{"server", options_.name}})),
      open_(metrics::gauge("cairn_http_connections", "Open connections", {{"server", options_.name}})) {}

Status ServerCore::start() {
  if (options_.tls) {
    if (options_.tls->allowPeer) allowPeer_ = std::make_shared<const AllowKey>(options_.tls->allowPeer);
    auto context = makeServerContext(options_.tls->certPem, options_.tls->keyPem, allowPeer_);
    if (!context) return context.error();
    tls_ = *context;
  }
  if (Status s = listen(); !s) return s;
  auto self = shared_from_this();
  spawn(strand_, [](std::shared_ptr<ServerCore> core) -> Task<void> { co_await core->accept(); }(self));
  spawn(strand_, [](std::shared_ptr<ServerCore> core) -> Task<void> { co_await core->watch(); }(self));
  return {};
}

Status ServerCore::listen() {
  boost::system::error_code ec;
  auto address = net::ip::make_address(options_.address, ec);
  if (ec) return fail(Errc::invalid, options_.name + ": '" + options_.address + "' is not an IP address to listen on");
  net::ip::tcp::endpoint at(address, options_.port);
  std::string where =
      options_.name + ": cannot listen on " + options_.address + ":" + std::to_string(options_.port) + ": ";
  acceptor_.open(at.protocol(), ec);
  if (!ec) acceptor_.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec) acceptor_.bind(at, ec);
  if (!ec) acceptor_.listen(4096, ec);
  if (!ec) bound_ = acceptor_.local_endpoint(ec);
  if (!ec) return {};
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  return fail(Errc::io, where + ec.message());
}

Task<void> ServerCore::accept() {
  while (!draining() && acceptor_.is_open()) {
    auto [ec, socket] = co_await acceptor_.async_accept(io_.get_executor(), quietly);
    if (ec == net::error::operation_aborted || ec == net::error::bad_descriptor) co_return;
    if (!ec) {
      admit(std::move(socket));
    } else if (ec != net::error::connection_aborted) {
      // Out of descriptors or memory: connections that end give some back.
      log::error("http", "cannot accept a connection", {{"server", options_.name}, {"error", ec.message()}});
      net::steady_timer pause(strand_, std::chrono::milliseconds(100));
      co_await pause.async_wait(quietly);
    }
  }
}

void ServerCore::admit(Transport::Socket socket) {
  if (connections() >= options_.limits.connections) {
    static constexpr std::string_view busy =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    if (!tls_) socket.write_some(net::const_buffer(busy.data(), busy.size()), ignored);
    return;
  }
  Strand strand = net::make_strand(io_);
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), strand);
  {
    std::lock_guard lock(mutex_);
    connections_.insert(connection);
  }
  open_.Increment();
  spawn(strand, [](std::shared_ptr<Connection> c) -> Task<void> { co_await c->run(); }(std::move(connection)));
}

std::size_t ServerCore::connections() const {
  std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<Connection>> ServerCore::snapshot() const {
  std::lock_guard lock(mutex_);
  return {connections_.begin(), connections_.end()};
}

void ServerCore::ended(const std::shared_ptr<Connection>& connection) {
  bool last;
  {
    std::lock_guard lock(mutex_);
    connections_.erase(connection);
    last = connections_.empty();
  }
  open_.Decrement();
  if (last && draining()) net::post(strand_, [self = shared_from_this()] { self->drainTimer_.cancel(); });
}

std::chrono::milliseconds ServerCore::tick() const {
  const Limits& l = options_.limits;
  auto least = std::min({l.idle, l.head, l.stall});
  if (l.total.count() > 0) least = std::min(least, l.total);
  return std::clamp(least / 4, Limits::Time(5), Limits::Time(250));
}

Task<void> ServerCore::watch() {
  while (watching_) {
    watchTimer_.expires_after(tick());
    co_await watchTimer_.async_wait(quietly);
    Micros now = nowMicros();
    std::lock_guard lock(mutex_);
    for (auto& connection : connections_)
      if (connection->due() <= now) net::post(connection->strand(), [connection] { connection->onAlarm(); });
  }
}

void ServerCore::closeAcceptor() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void ServerCore::endWatch() {
  watching_ = false;  // a timer that has rung already cannot be cancelled any more
  watchTimer_.cancel();
}

void ServerCore::stop() {
  draining_ = true;
  net::post(strand_, [self = shared_from_this()] {
    self->closeAcceptor();
    self->endWatch();
    for (auto& c : self->snapshot()) net::post(c->strand(), [c] { c->onStop(); });
  });
}

Task<void> ServerCore::waitUntilEmpty(std::chrono::milliseconds limit) {
  if (connections() == 0) co_return;
  drainTimer_.expires_after(limit);
  co_await drainTimer_.async_wait(quietly);
}

Task<std::size_t> ServerCore::drain(std::chrono::milliseconds limit) {
  auto work = [](std::shared_ptr<ServerCore> core, std::chrono::milliseconds wait) -> Task<std::size_t> {
    core->draining_ = true;
    core->closeAcceptor();
    for (auto& c : core->snapshot()) net::post(c->strand(), [c] { c->onDrain(); });
    co_await core->waitUntilEmpty(wait);
    for (auto& c : core->snapshot()) net::post(c->strand(), [c] { c->onStop(); });
    co_await core->waitUntilEmpty(kForcedEnd);
    core->endWatch();
    co_return core->connections();
  };
  co_return co_await net::co_spawn(strand_, work(shared_from_this(), limit), net::use_awaitable);
}

}  // namespace cairn::http
