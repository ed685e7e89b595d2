// One connection of the client, and the pool that keeps it between requests. Internal to daemon/http.
//
// Contract: a ClientConnection is used by one coroutine at a time; between requests it may move to another executor.
// The pool is thread-safe and hands out only connections that were open and silent a moment ago.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <map>
#include <mutex>

#include "daemon/http/client.h"
#include "daemon/http/inbound.h"

namespace cairn::http {

class ClientConnection final : public Alarm {
 public:
  ClientConnection(std::shared_ptr<ClientCore> core, net::io_context& io, Endpoint endpoint);
  ~ClientConnection() override;

  /// Before each request: whose executor timers use from now on.
  void adopt(net::any_io_executor executor, Micros deadline);
  Task<Status> connect(std::chrono::milliseconds limit);
  /// Sends head and body; a `false` means that the peer answered or closed before all was sent.
  Task<Result<bool>> sendRequest(ClientRequest& request);
  Task<Status> readResponse(const ClientRequest& request, ResponseHead& head);
  void beginBody(std::uint64_t limit, std::chrono::milliseconds stall);
  /// To be called when the body is at its end: back to the pool if the connection can be used again.
  static void release(std::unique_ptr<ClientConnection> connection);

  const Endpoint& endpoint() const { return endpoint_; }
  Inbound& inbound() { return *inbound_; }
  Transport& transport() { return *transport_; }
  const std::shared_ptr<ClientCore>& core() const { return core_; }
  bool reused() const { return uses_ > 1; }
  bool sentSomething() const { return sent_; }
  bool sawAnswer() const { return answered_; }
  Micros idleSince() const { return idleSince_; }
  std::optional<std::uint64_t> responseLength() const { return length_; }
  bool healthy() { return !transport_->readable(); }

  void set(Micros due) override;

 private:
  Task<Result<net::ip::tcp::resolver::results_type>> resolve();
  Task<Status> openTls();
  Status configureTls();
  Bytes headBytes(const ClientRequest& request) const;
  Task<Result<bool>> sendSource(ClientRequest& request, Bytes head);
  Task<Result<bool>> put(BytesView a, BytesView b, Pace& pace);

  std::shared_ptr<ClientCore> core_;
  net::io_context& io_;
  Endpoint endpoint_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Inbound> inbound_;
  struct Timer;
  std::shared_ptr<Timer> timer_;
  Micros due_ = kNever;
  Framing framing_;
  std::optional<std::uint64_t> length_;
  bool wholeSent_ = false;
  bool headRead_ = false;
  bool sent_ = false;
  bool answered_ = false;
  unsigned uses_ = 0;
  Micros idleSince_ = 0;
};

class ClientCore final : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(net::io_context& io, ClientOptions options) : io_(io), options_(std::move(options)) {}

  net::io_context& io() { return io_; }
  const ClientOptions& options() const { return options_; }
  std::unique_ptr<ClientConnection> takeIdle(const Endpoint& endpoint);
  void keep(std::unique_ptr<ClientConnection> connection);
  void closeIdle(bool forGood);
  std::size_t idle() const;
  Result<std::shared_ptr<SslContext>> tls(bool pinned);

 private:
  using Pool = std::map<Endpoint, std::vector<std::unique_ptr<ClientConnection>>>;
  net::io_context& io_;
  ClientOptions options_;
  mutable std::mutex mutex_;
  Pool pool_;                           // guarded by mutex_
  std::shared_ptr<SslContext> tls_[2];  // guarded by mutex_; by name, pinned
  bool closed_ = false;                 // guarded by mutex_
};

}  // namespace cairn::http
