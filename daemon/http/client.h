// An HTTP/1.1 client with a pool of connections per endpoint, TLS, client certificates and pinned server keys.
//
// Contract: thread-safe; each call runs on the executor of the coroutine that makes it, which must be a strand or
// single-threaded (as every server handler's is). The Client outlives its calls and ResponseStreams, the io_context
// outlives the Client. A request is repeated by itself only when it went out on a reused connection that was closed
// before the first byte of an answer, its method is idempotent, and its body can be sent again. Statuses are not
// errors; redirects are not followed. Errors: unavailable (could not connect, or an idempotent request was cut off:
// safe to try again), unknown_outcome (another method was cut off after something was sent), timeout, denied (TLS: key
// or certificate refused), invalid (malformed answer or request), too_large (answer over the limit), cancelled.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/rt/async.h"

namespace cairn::http {

struct Endpoint {
  std::string host;  ///< name or IP address
  std::uint16_t port = 80;
  bool tls = false;
  /// Hex SPKI SHA-256 that the server must prove; then its certificate's names and issuer mean nothing.
  std::string peerKey;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Gives the body piece by piece; an empty view is its end, an error gives the request up.
using BodySource = std::function<Task<Result<BytesView>>()>;

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  ///< encoded
  Headers headers;           ///< Host and the framing are added
  Bytes body;                ///< used unless `source` is set
  BodySource source;
  std::optional<std::uint64_t> sourceLength;  ///< of what `source` gives; chunked if unknown
  std::chrono::milliseconds timeout{30'000};  ///< until the answer's head is there; for request() until its end
  std::chrono::milliseconds stall{30'000};    ///< open(): longest wait for a piece of the body
  std::uint64_t maxResponseBytes = 64 * 1024 * 1024;
};

struct Response {
  int status = 0;
  Headers headers;
  Bytes body;
};

struct ClientOptions {
  std::string certPem, keyPem;  ///< presented when a server asks
  std::string caPem;            ///< trusted roots where no key is pinned; empty = the system's
  std::chrono::milliseconds connectTimeout{5'000};
  std::chrono::milliseconds keepIdle{20'000};  ///< shorter than servers keep idle connections
  std::size_t idlePerEndpoint = 32;
  /// Asked of each address that is about to be connected to; unset: all. Errc::denied where it allows none.
  std::function<bool(const net::ip::address&)> mayConnect;
};

class ClientCore;
class ClientConnection;

/// An answer whose body is still coming. Read to its end, its connection goes back to the pool; dropped, it is closed.
class ResponseStream final : public BodyReader {
 public:
  explicit ResponseStream(std::unique_ptr<ClientConnection> connection);
  ~ResponseStream() override;
  int status() const { return head_.status; }
  const Headers& headers() const { return head_.headers; }
  Task<Result<BytesView>> read(std::size_t atMost) override;
  Task<Result<std::size_t>> readInto(std::span<std::uint8_t> into) override;
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  friend class Client;
  std::unique_ptr<ClientConnection> connection_;
  ResponseHead head_;
  std::optional<std::uint64_t> length_;
};

class Client {
 public:
  Client(net::io_context& io, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Task<Result<Response>> request(Endpoint endpoint, ClientRequest request);
  Task<Result<std::unique_ptr<ResponseStream>>> open(Endpoint endpoint, ClientRequest request);
  void closeIdle();
  std::size_t idle() const;

 private:
  Task<Result<std::unique_ptr<ResponseStream>>> begin(const Endpoint& endpoint, ClientRequest& request, bool wholeTime);
  std::shared_ptr<ClientCore> core_;
};

}  // namespace cairn::http
