// One TLS connection over a socket that does not block (OpenSSL 3). Internal to daemon/http.
//
// Contract: every call does what can be done now and says what it waits for: wait for that on the socket, then call
// again. It borrows the socket, which outlives it or is not used any more once it is closed. Bytes are read from the
// socket ahead of the record asked for, so ask buffered() before waiting for the socket. Writing never raises SIGPIPE.
// Errors: the SSL category for what TLS itself refuses (certificates, protocol), the system category for the socket's,
// eof for whatever but a read is asked for after the peer's goodbye.
// One thread at a time.
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <memory>
#include <span>

#include "common/base/bytes.h"
#include "daemon/http/tls_context.h"

namespace cairn::http {

class TlsSession {
 public:
  enum class Need { nothing, read, write };
  struct Step {
    std::size_t bytes = 0;  ///< of a read without need: 0 is the end of the stream
    Need need = Need::nothing;
    boost::system::error_code error;
    bool done() const { return need == Need::nothing && !error; }
  };

  TlsSession(SslContext& context, int socket);

  Step handshake(bool asServer);
  Step read(std::span<std::uint8_t> into);
  /// As much of `bytes` as the socket takes; with a need, the rest waits for it.
  Step write(BytesView bytes);
  Step shutdown();
  /// Whether a read might do without the socket.
  bool buffered() const { return SSL_has_pending(ssl_.get()) == 1; }
  SSL* native() { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  template <class Call>
  Step attempt(Call call);

  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace cairn::http
