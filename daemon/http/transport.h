// A connected socket, plain or TLS, with deadlines. Internal to daemon/http.
//
// Contract: one coroutine uses a Transport at a time; cancel() is called on the same executor. Deadlines are
// microseconds of the steady clock; the Alarm given to the Transport must call expire() when the time set last has
// passed. Sockets are tried without waiting first, TLS or not, so that bytes that are there already cost one system
// call and no trip through the scheduler. Errors: timeout (the alarm rang), cancelled, io (reset and the like).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "daemon/http/tls_context.h"
#include "daemon/http/tls_session.h"
#include "daemon/rt/async.h"

namespace cairn::http {

using Micros = std::int64_t;
constexpr Micros kNever = std::numeric_limits<Micros>::max();
Micros nowMicros();
/// `at` + `by` without overflow; `at` may be kNever.
Micros later(Micros at, std::chrono::microseconds by);

class Alarm {
 public:
  virtual ~Alarm() = default;
  /// From now on ring at `due`, and not before; kNever silences it.
  virtual void set(Micros due) = 0;
};

/// How fast a peer must be: waiting for him may take `grace` plus a second for each `minRate` bytes that he has moved,
/// and never longer than `stall` at a stretch.
class Pace {
 public:
  Pace() = default;
  Pace(std::chrono::microseconds grace, std::chrono::microseconds stall, std::uint64_t minRate)
      : grace_(grace.count()), stall_(stall.count()), minRate_(minRate) {}
  Micros allowance() const;
  void moved(std::uint64_t bytes) { bytes_ += bytes; }
  void waited(Micros time) { waited_ += time; }

 private:
  Micros grace_ = 0, stall_ = 0;
  std::uint64_t minRate_ = 0;
  std::uint64_t bytes_ = 0;
  Micros waited_ = 0;
};

class Transport {
 public:
  using Socket = net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>;

  Transport(Socket socket, Alarm& alarm);

  /// For a socket that was connected after construction: no blocking, no Nagle.
  void configure();
  /// Sets the protocol up for `context`; then handshake().
  SSL* useTls(std::shared_ptr<SslContext> context);
  Task<Status> handshake(bool asServer, Micros deadline);

  /// Up to into.size() bytes; 0 is the end of the stream. `eager` says that bytes are probably there already.
  Task<Result<std::size_t>> readSome(std::span<std::uint8_t> into, Micros deadline, bool eager);
  /// Under `pace`, whose account is kept.
  Task<Result<std::size_t>> readPaced(std::span<std::uint8_t> into, Pace& pace);
  /// Everything in `a`, then in `b`, with one system call if it fits.
  Task<Status> write(BytesView a, BytesView b, Pace& pace);

  /// No wait may last beyond this.
  void setTotalDeadline(Micros at) { total_ = at; }

  /// The alarm rang: what waits fails with timeout. Past the total deadline everything later does too.
  void expire();
  void cancel();  ///< what waits fails with cancelled
  void close();
  /// Tells the peer that no more will come, then eats what he still sends, so that he gets to read our last answer.
  Task<void> linger(std::chrono::microseconds limit, std::size_t maxBytes);
  /// TLS: says goodbye, without insisting on an answer.
  Task<void> shutdownTls(std::chrono::microseconds limit);

  bool tls() const { return tls_ != nullptr; }
  SSL* native() { return tls_ ? tls_->native() : nullptr; }
  Socket& socket() { return socket_; }
  /// Something can be read (or the peer has closed); never waits.
  bool readable();
  /// The peer answers with 4xx or 5xx while we still send; known without TLS only. Never waits.
  bool refusalWaits();

 private:
  Error errorOf(boost::system::error_code ec, const char* what);
  Task<Status> writePlain(BytesView a, BytesView b, Pace& pace);
  Task<Status> writeTls(BytesView a, BytesView b, Pace& pace);
  Task<Status> writeTlsPart(BytesView part, Pace& pace);
  Task<Result<std::size_t>> readTls(std::span<std::uint8_t> into, Micros deadline);
  /// Until the socket is ready for it.
  Task<boost::system::error_code> ready(TlsSession::Need need);
  /// The same in the middle of a write, under `pace`.
  Task<Status> readyToGoOn(TlsSession::Need need, Pace& pace);

  Socket socket_;
  Alarm& alarm_;
  std::shared_ptr<SslContext> context_;
  std::unique_ptr<TlsSession> tls_;
  Bytes joined_;  ///< TLS: head and small body as one record
  Micros total_ = kNever;
  unsigned streak_ = 0;   ///< reads and writes in a row that did not wait
  bool expired_ = false;  ///< during the present wait
  bool dead_ = false;     ///< the total deadline has passed: nothing works any more
  bool closed_ = false;
};

}  // namespace cairn::http
