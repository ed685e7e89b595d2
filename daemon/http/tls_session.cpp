#include "daemon/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <limits>
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

TlsSession::Step TlsSession::stepOf(int result, int systemError) {
  Step step;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_ZERO_RETURN:
      return step;
    case SSL_ERROR_WANT_READ:
      step.need = Need::read;
      return step;
    case SSL_ERROR_WANT_WRITE:
      step.need = Need::write;
      return step;
    case SSL_ERROR_SSL: {
      unsigned long code = ERR_get_error();
      // 0: the session failed in an earlier call, which had bytes to give first.
      if (code == 0 || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        step.error = net::ssl::error::stream_truncated;
      else
        step.error = {static_cast<int>(code), net::error::get_ssl_category()};
      return step;
    }
    default:
      step.error = systemError == 0 ? boost::system::error_code(net::ssl::error::stream_truncated)
                                    : boost::system::error_code(systemError, boost::system::system_category());
      return step;
  }
}

TlsSession::Step TlsSession::handshake(bool asServer) {
  ERR_clear_error();
  errno = 0;
  int result = asServer ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get());
  return stepOf(result, errno);
}

TlsSession::Step TlsSession::read(std::span<std::uint8_t> into) {
  Step step;
  // Records are 16 KiB at most: go on while the bytes are here already.
  while (step.bytes < into.size()) {
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    int result = SSL_read_ex(ssl_.get(), into.data() + step.bytes, into.size() - step.bytes, &got);
    if (result != 1) {
      if (step.bytes > 0) break;  // it will be said again
      return stepOf(result, errno);
    }
    step.bytes += got;
    if (!buffered()) break;
  }
  return step;
}

TlsSession::Step TlsSession::write(BytesView bytes) {
  Step total;
  while (!bytes.empty()) {
    ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    if (result != 1) {
      Step step = stepOf(result, errno);
      // After the peer's goodbye OpenSSL says "closed" whatever the socket said, and would say so for ever.
      if (!step.error && step.need == Need::nothing) step.error = net::error::broken_pipe;
      step.bytes = total.bytes;
      return step;
    }
    total.bytes += sent;
    bytes = bytes.subspan(sent);
  }
  return total;
}

TlsSession::Step TlsSession::shutdown() {
  ERR_clear_error();
  errno = 0;
  int result = SSL_shutdown(ssl_.get());
  if (result == 0) return {0, Need::read, {}};  // ours is sent; the peer's has not come
  return stepOf(result, errno);
}

}  // namespace cairn::http
