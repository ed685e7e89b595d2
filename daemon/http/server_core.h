// What a server's connections share: options, the watchdog, the set of connections. Internal to daemon/http.
//
// Contract: held by shared_ptr by the Server and by each connection. Thread-safe, except that the acceptor and the
// drain belong to `strand_`, as does `watching_`. The watchdog looks at every connection's deadline a few times a
// second, so that a request costs no timer; deadlines are therefore late by up to `tick()`.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <mutex>
#include <unordered_set>

#include "daemon/http/server.h"
#include "daemon/http/transport.h"

namespace cairn::http {

class Connection;
using Strand = net::strand<net::io_context::executor_type>;

class ServerCore final : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(net::io_context& io, ServerOptions options, Handler handler);

  Status start();
  void stop();  ///< at once
  Task<std::size_t> drain(std::chrono::milliseconds limit);
  net::ip::tcp::endpoint bound() const { return bound_; }
  std::size_t connections() const;

  const ServerOptions& options() const { return options_; }
  const Handler& handler() const { return handler_; }
  const std::shared_ptr<SslContext>& tls() const { return tls_; }
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  bool allows(const std::string& peerKey) const { return !allowPeer_ || (*allowPeer_)(peerKey); }
  void countRequest() { requests_.Increment(); }
  void ended(const std::shared_ptr<Connection>& connection);

 private:
  Status listen();
  Task<void> accept();
  Task<void> watch();
  void admit(Transport::Socket socket);
  std::chrono::milliseconds tick() const;
  std::vector<std::shared_ptr<Connection>> snapshot() const;
  Task<void> waitUntilEmpty(std::chrono::milliseconds limit);
  void closeAcceptor();
  void endWatch();

  net::io_context& io_;
  ServerOptions options_;
  Handler handler_;
  Strand strand_;
  std::shared_ptr<SslContext> tls_;
  std::shared_ptr<const AllowKey> allowPeer_;
  net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type> acceptor_;
  net::ip::tcp::endpoint bound_;
  net::steady_timer watchTimer_;
  net::steady_timer drainTimer_;
  std::atomic<bool> draining_{false};
  bool watching_ = true;
  prometheus::Counter& requests_;
  prometheus::Gauge& open_;

  mutable std::mutex mutex_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;  // guarded by mutex_
};

}  // namespace cairn::http
