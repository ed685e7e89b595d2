#include "daemon/http/transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>

namespace cairn::http {
namespace {

constexpr auto quietly = net::as_tuple(net::use_awaitable);
// After so many reads or writes that did not wait, others get their turn on the thread.
constexpr unsigned kMaxStreak = 32;
constexpr std::size_t kJoinLimit = 32 * 1024;

}  // namespace

Micros nowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Micros later(Micros at, std::chrono::microseconds by) {
  return by.count() >= kNever - at ? kNever : at + by.count();
}

Micros Pace::allowance() const {
  if (minRate_ == 0) return stall_;
  auto earned =
      static_cast<Micros>(std::min<double>(1e15, static_cast<double>(bytes_) / static_cast<double>(minRate_) * 1e6));
  return std::clamp<Micros>(grace_ + earned - waited_, 0, stall_);
}

Transport::Transport(Socket socket, Alarm& alarm) : socket_(std::move(socket)), alarm_(alarm) {
  if (socket_.is_open()) configure();
}

void Transport::configure() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(net::ip::tcp::no_delay(true), ignored);
}

SSL* Transport::useTls(std::shared_ptr<SslContext> context) {
  context_ = std::move(context);
  tls_ = std::make_unique<TlsSession>(*context_, socket_.native_handle());
  return tls_->native();
}

Error Transport::errorOf(boost::system::error_code ec, const char* what) {
  if (std::exchange(expired_, dead_)) return fail(Errc::timeout, std::string(what) + ": the peer took too long");
  if (ec == net::error::operation_aborted) return fail(Errc::cancelled, std::string(what) + ": stopped");
  // A peer that refuses our certificate, or whose own is refused; under TLS 1.3 the client learns it at its first read.
  if (ec.category() == net::error::get_ssl_category())
    return fail(Errc::denied, std::string(what) + ": " + ec.message());
  return fail(Errc::io, std::string(what) + ": " + ec.message());
}

Task<Status> Transport::handshake(bool asServer, Micros deadline) {
  alarm_.set(deadline);
  boost::system::error_code ec;
  for (;;) {
    auto step = tls_->handshake(asServer);
    ec = step.error;
    if (ec || step.need == TlsSession::Need::nothing) break;
    if (ec = co_await ready(step.need); ec) break;
  }
  alarm_.set(total_);
  if (ec) co_return errorOf(ec, "TLS handshake failed");
  co_return Status();
}

Task<boost::system::error_code> Transport::ready(TlsSession::Need need) {
  auto [ec] =
      co_await socket_.async_wait(need == TlsSession::Need::write ? Socket::wait_write : Socket::wait_read, quietly);
  co_return ec;
}

Task<Result<std::size_t>> Transport::readTls(std::span<std::uint8_t> into, Micros deadline) {
  if (++streak_ >= kMaxStreak) {
    streak_ = 0;
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    if (dead_ || closed_) co_return errorOf(net::error::operation_aborted, "reading");
  }
  for (;;) {
    auto step = tls_->read(into);
    if (step.error) co_return errorOf(step.error, "reading");
    if (step.need == TlsSession::Need::nothing) co_return step.bytes;
    streak_ = 0;
    alarm_.set(std::min(deadline, total_));
    auto ec = co_await ready(step.need);
    alarm_.set(total_);
    if (ec) co_return errorOf(ec, "reading");
  }
}

Task<Result<std::size_t>> Transport::readSome(std::span<std::uint8_t> into, Micros deadline, bool eager) {
  if (dead_ || closed_) co_return errorOf(net::error::operation_aborted, "reading");
  expired_ = false;
  if (tls_) co_return co_await readTls(into, deadline);
  if (eager && ++streak_ < kMaxStreak) {
    ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (got >= 0) co_return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) co_return errorOf({errno, boost::system::system_category()}, "reading");
  }
  streak_ = 0;
  alarm_.set(std::min(deadline, total_));
  auto [ec, n] = co_await socket_.async_read_some(net::mutable_buffer(into.data(), into.size()), quietly);
  alarm_.set(total_);
  if (!ec) co_return n;
  if (ec == net::error::eof) co_return std::size_t{0};
  co_return errorOf(ec, "reading");
}

Task<Result<std::size_t>> Transport::readPaced(std::span<std::uint8_t> into, Pace& pace) {
  Micros start = nowMicros();
  auto n = co_await readSome(into, start + pace.allowance(), true);
  pace.waited(nowMicros() - start);
  if (n) pace.moved(*n);
  co_return n;
}

Task<Status> Transport::write(BytesView a, BytesView b, Pace& pace) {
  auto refuse = [](Error e) -> Task<Status> { co_return e; };
  if (dead_ || closed_) return refuse(errorOf(net::error::operation_aborted, "writing"));
  expired_ = false;
  return tls_ ? writeTls(a, b, pace) : writePlain(a, b, pace);
}

Task<Status> Transport::readyToGoOn(TlsSession::Need need, Pace& pace) {
  Micros start = nowMicros();
  alarm_.set(std::min(start + pace.allowance(), total_));
  auto ec = co_await ready(need);
  alarm_.set(total_);
  pace.waited(nowMicros() - start);
  if (ec) co_return errorOf(ec, "writing");
  co_return Status();
}

Task<Status> Transport::writePlain(BytesView a, BytesView b, Pace& pace) {
  while (!a.empty() || !b.empty()) {
    iovec parts[2] = {{const_cast<std::uint8_t*>(a.data()), a.size()}, {const_cast<std::uint8_t*>(b.data()), b.size()}};
    msghdr message{};
    message.msg_iov = a.empty() ? parts + 1 : parts;
    message.msg_iovlen = a.empty() || b.empty() ? 1 : 2;
    ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      auto n = static_cast<std::size_t>(sent);
      pace.moved(n);
      std::size_t fromA = std::min(n, a.size());
      a = a.subspan(fromA);
      b = b.subspan(n - fromA);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) co_return errorOf({errno, boost::system::system_category()}, "writing");
    if (auto s = co_await readyToGoOn(TlsSession::Need::write, pace); !s) co_return s;
  }
  co_return Status();
}

Task<Status> Transport::writeTls(BytesView a, BytesView b, Pace& pace) {
  if (!a.empty() && !b.empty() && a.size() + b.size() <= kJoinLimit) {
    joined_.assign(a.begin(), a.end());
    append(joined_, b);
    co_return co_await writeTlsPart(joined_, pace);
  }
  Status s = co_await writeTlsPart(a, pace);
  if (s) s = co_await writeTlsPart(b, pace);
  co_return s;
}

Task<Status> Transport::writeTlsPart(BytesView part, Pace& pace) {
  while (!part.empty()) {
    auto step = tls_->write(part);
    if (step.error) co_return errorOf(step.error, "writing");
    pace.moved(step.bytes);
    part = part.subspan(step.bytes);
    if (step.need == TlsSession::Need::nothing) continue;
    if (auto s = co_await readyToGoOn(step.need, pace); !s) co_return s;
  }
  co_return Status();
}

void Transport::expire() {
  dead_ = dead_ || nowMicros() >= total_;
  expired_ = true;
  cancel();
}

void Transport::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool Transport::readable() {
  char c;
  if (tls_ && tls_->buffered()) return true;
  ssize_t n = ::recv(socket_.native_handle(), &c, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || (errno != EAGAIN && errno != EINTR);
}

bool Transport::refusalWaits() {
  char line[10];
  if (tls_) return false;
  ssize_t n = ::recv(socket_.native_handle(), line, sizeof line, MSG_PEEK | MSG_DONTWAIT);
  return n == sizeof line && (line[9] == '4' || line[9] == '5');
}

Task<void> Transport::linger(std::chrono::microseconds limit, std::size_t maxBytes) {
  boost::system::error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  if (ec) co_return;
  Micros deadline = later(nowMicros(), limit);
  alarm_.set(deadline);
  Bytes sink(64 * 1024);
  for (std::size_t eaten = 0; eaten < maxBytes && nowMicros() < deadline;) {
    auto [failed, n] = co_await socket_.async_read_some(net::mutable_buffer(sink.data(), sink.size()), quietly);
    if (failed) break;
    eaten += n;
  }
  alarm_.set(kNever);
}

Task<void> Transport::shutdownTls(std::chrono::microseconds limit) {
  if (!tls_ || closed_) co_return;
  alarm_.set(later(nowMicros(), limit));
  for (;;) {
    auto step = tls_->shutdown();
    if (step.error || step.need == TlsSession::Need::nothing || co_await ready(step.need)) break;
  }
  alarm_.set(kNever);
}

}  // namespace cairn::http
