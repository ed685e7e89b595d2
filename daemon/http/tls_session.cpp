#include "daemon/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <new>

namespace cairn::http {
namespace {

namespace net = boost::asio;

/// What is read from the socket at a time: several records of a fast sender.
constexpr std::size_t kReadAhead = 128 * 1024;

int fdOf(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL.
int sendTo(BIO* bio, const char* data, std::size_t size, std::size_t* sent) {
  BIO_clear_retry_flags(bio);
  ssize_t n = ::send(fdOf(bio), data, size, MSG_NOSIGNAL);
  *sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return n > 0;
}

int receiveFrom(BIO* bio, char* data, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  ssize_t n = ::recv(fdOf(bio), data, size, 0);
  *got = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return n > 0;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH;
}

BIO_METHOD* socketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (m == nullptr) throw std::bad_alloc();
    BIO_meth_set_write_ex(m, sendTo);
    BIO_meth_set_read_ex(m, receiveFrom);
    BIO_meth_set_ctrl(m, control);
    return m;
  }();
  return method;
}

}  // namespace

TlsSession::TlsSession(SslContext& context, int socket) : ssl_(SSL_new(context.native_handle())) {
  BIO* bio = ssl_ ? BIO_new(socketMethod()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(),
               SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(ssl_.get(), 1);
  SSL_set_default_read_buffer_len(ssl_.get(), kReadAhead);
}

/// What `call`, an SSL function's, came to; `call` answers 1 for success.
template <class Call>
TlsSession::Step TlsSession::attempt(Call call) {
  ERR_clear_error();
  errno = 0;
  const int result = call();
  const int systemError = errno;
  if (result == 1) return {};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {0, Need::read, {}};
    case SSL_ERROR_WANT_WRITE:
      return {0, Need::write, {}};
    case SSL_ERROR_ZERO_RETURN:  // after the peer's goodbye, whatever was asked for
      return {0, Need::nothing, net::error::eof};
    case SSL_ERROR_SSL: {
      const unsigned long code = ERR_get_error();
      // 0: the session failed in an earlier call, which had bytes to give first.
      if (code == 0 || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return {0, Need::nothing, net::ssl::error::stream_truncated};
      return {0, Need::nothing, {static_cast<int>(code), net::error::get_ssl_category()}};
    }
    default:
      if (systemError == 0) return {0, Need::nothing, net::ssl::error::stream_truncated};
      return {0, Need::nothing, {systemError, boost::system::system_category()}};
  }
}

TlsSession::Step TlsSession::handshake(bool asServer) {
  return attempt([&] { return asServer ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get()); });
}

TlsSession::Step TlsSession::read(std::span<std::uint8_t> into) {
  std::size_t done = 0;
  // Records are 16 KiB at most: go on while the bytes are here already.
  while (done < into.size() && (done == 0 || buffered())) {
    std::size_t got = 0;
    Step step = attempt([&] { return SSL_read_ex(ssl_.get(), into.data() + done, into.size() - done, &got); });
    if (done > 0 && !step.done()) break;  // it will be said again
    if (step.error == net::error::eof) return {};
    if (!step.done()) return step;
    done += got;
  }
  return {done, Need::nothing, {}};
}

TlsSession::Step TlsSession::write(BytesView bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    std::size_t sent = 0;
    Step step = attempt([&] { return SSL_write_ex(ssl_.get(), bytes.data() + done, bytes.size() - done, &sent); });
    if (!step.done()) return {done, step.need, step.error};
    done += sent;
  }
  return {done, Need::nothing, {}};
}

TlsSession::Step TlsSession::shutdown() {
  bool sent = false;
  Step step = attempt([&] {
    const int result = SSL_shutdown(ssl_.get());
    sent = result == 0;
    return sent ? 1 : result;
  });
  if (sent) step.need = Need::read;  // ours is sent; the peer's has not come
  return step;
}

}  // namespace cairn::http
