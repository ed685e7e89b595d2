// An HTTP/1.1 server on coroutines: keep-alive, pipelining, streaming bodies both ways, TLS and mutual TLS, drain.
//
// Contract: every connection runs on a strand of its own of the given io_context; the handler is awaited there, once
// per request and in order, and may itself await anything. The io_context must outlive the Server and run until drain()
// has ended. Public calls are thread-safe. After drain() no handler runs any more, unless it tells otherwise by its
// result; destroying an undrained server closes everything at once, and handlers still running then finish on their
// own. Malformed requests are answered by the server (400, 408, 413, 417, 431, 505) and the connection closed. Sources:
// RFC 9110, 9112.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/rt/async.h"

namespace cairn::http {

struct Limits {
  using Time = std::chrono::milliseconds;
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;

  std::size_t headBytes = 64 * 1024;  ///< request line and fields; more is 431
  std::size_t headFields = 256;
  std::uint64_t bodyBytes = 16 * 1024 * 1024;  ///< an announced size over it is 413 before the handler sees the request
  Time idle = std::chrono::seconds(75);        ///< between requests
  Time head = std::chrono::seconds(20);        ///< from the first byte of a head to its last; also the TLS handshake
  Time stall = std::chrono::seconds(60);       ///< longest wait for the next piece of a body, either way
  Time grace = std::chrono::seconds(30);       ///< may be waited in all, before minRate counts
  std::uint64_t minRate = 4 * 1024;            ///< bytes a second a peer must send or take beyond that; 0 = any
  Time total{0};                               ///< a whole request, first byte to last of the answer; 0 = any
  std::uint64_t discardBytes = 256 * 1024;     ///< of a body that the handler left unread, to keep the connection
  std::size_t connections = 10'000;
};

struct ServerTls {
  std::string certPem, keyPem;
  /// If set, clients must present a certificate, and this decides by its key (hex SHA-256 of the SPKI). It is asked in
  /// the handshake and again for every request, so that a key taken off the list is out at once. Called on any thread.
  std::function<bool(const std::string& peerKey)> allowPeer;
};

struct ServerOptions {
  std::string name = "http";          ///< in logs and metrics
  std::string address = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 0;             ///< 0 = any; see Server::port()
  Limits limits;
  std::optional<ServerTls> tls;
  std::string serverField;  ///< value of the Server field; empty = none
};

using Handler = std::function<Task<void>(Request&, BodyReader&, ResponseWriter&)>;

class ServerCore;

class Server {
 public:
  Server(net::io_context& io, ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and listens. Errors: invalid (address, TLS files), io (the address cannot be bound).
  Status start();
  /// What was bound; valid after start().
  std::uint16_t port() const;
  std::string endpoint() const;  ///< "127.0.0.1:9000", "[::1]:9000"
  std::size_t connections() const;

  /// Stops accepting, closes idle connections, lets requests in flight finish (their answers say Connection: close);
  /// what is left after `limit` is closed. Gives the number of handlers that even then did not end within a second.
  Task<std::size_t> drain(std::chrono::milliseconds limit);

 private:
  std::shared_ptr<ServerCore> core_;
};

}  // namespace cairn::http
