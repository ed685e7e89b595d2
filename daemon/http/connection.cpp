#include "daemon/http/connection.h"

#include "daemon/rt/log.h"

namespace cairn::http {
namespace {

constexpr std::chrono::seconds kFarewell{2};
constexpr std::size_t kFarewellBytes = 8 * 1024 * 1024;

std::string peerOf(const Transport::Socket& socket) {
  boost::system::error_code ec;
  auto endpoint = socket.remote_endpoint(ec);
  return ec ? std::string("unknown") : endpoint.address().to_string();
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, Transport::Socket socket, Strand strand)
    : core_(std::move(core)), strand_(std::move(strand)), transport_(std::move(socket), *this), inbound_(transport_) {
  remoteAddress_ = peerOf(transport_.socket());
}

void Connection::onAlarm() {
  if (due() <= nowMicros()) {
    due_ = kNever;
    transport_.expire();
  }
}

void Connection::onDrain() {
  if (inbound_.betweenMessages()) transport_.cancel();
}

void Connection::onStop() {
  transport_.close();
}

Pace Connection::pace() const {
  const Limits& l = core_->options().limits;
  return {l.grace, l.stall, l.minRate};
}

Task<void> Connection::run() {
  auto self = shared_from_this();
  bool open = !core_->tls() || co_await openTls();
  while (open && !core_->draining()) open = co_await serveOne();
  if (!abandon_) co_await farewell();
  transport_.close();
  core_->ended(self);
}

Task<bool> Connection::openTls() {
  transport_.useTls(core_->tls());
  Status s = co_await transport_.handshake(true, later(nowMicros(), core_->options().limits.head));
  if (!s) {
    log::debug("http", s.error().message, {{"server", core_->options().name}, {"peer", remoteAddress_}});
    abandon_ = true;
    // Closing over what the client has sent already would reset the connection before he has read our alert.
    if (s.error().code == Errc::denied) co_await transport_.linger(kFarewell, kFarewellBytes);
    co_return false;
  }
  peerKey_ = peerFingerprint(transport_.native());
  co_return true;
}

Task<void> Connection::farewell() {
  if (transport_.tls())
    co_await transport_.shutdownTls(kFarewell);
  else if (linger_ || inbound_.buffered() > 0)
    co_await transport_.linger(kFarewell, kFarewellBytes);
}

/// One request and its answer; false when the connection is to end.
Task<bool> Connection::serveOne() {
  const Limits& limits = core_->options().limits;
  transport_.setTotalDeadline(kNever);
  auto head = co_await inbound_.readHead(limits.headBytes, later(nowMicros(), limits.idle), limits.head);
  if (!head) co_return co_await headFailed(head.error());
  if (head->empty()) co_return false;
  if (limits.total.count() > 0) {
    Micros end = later(nowMicros(), limits.total);
    transport_.setTotalDeadline(end);
    set(end);
  }
  core_->countRequest();
  Framing framing;
  request_.version = 11;
  request_.remoteAddress = remoteAddress_;
  request_.tls = transport_.tls();
  request_.peerKey = peerKey_;
  if (auto refusal = parseRequestHead(*head, limits.headFields, request_, framing)) {
    co_await refuse(refusal->status, refusal->reason);
    co_return false;
  }
  if (request_.contentLength.value_or(0) > limits.bodyBytes) {
    co_await refuse(413, "the body is over the limit of " + std::to_string(limits.bodyBytes) + " bytes");
    co_return false;
  }
  if (peerKey_ && !core_->allows(*peerKey_)) {
    co_await refuse(403, "this client's key is not allowed any more");
    co_return false;
  }
  bool keep = co_await dispatch(framing);
  set(kNever);
  co_return keep;
}

Task<bool> Connection::headFailed(const Error& e) {
  if (e.code == Errc::too_large) {
    co_await refuse(431, "the request's " + e.message.substr(4));
  } else if (e.code == Errc::timeout && !inbound_.betweenMessages() && inbound_.buffered() > 0) {
    co_await refuse(408, "the request's head took too long");
  } else if (e.code != Errc::timeout && e.code != Errc::cancelled) {
    abandon_ = true;
  }
  co_return false;
}

Task<void> Connection::refuse(int status, std::string_view reason) {
  linger_ = true;
  Responder responder(transport_, out_, request_, pace(), {core_->options().serverField, false, [] { return true; }});
  ResponseHead head{status, {{"Content-Type", "text/plain; charset=utf-8"}}};
  std::string text = std::string(reason) + "\n";
  co_await responder.send(std::move(head), asBytes(text));
}

bool Connection::mustClose() const {
  auto left = inbound_.bodyLeft();
  return core_->draining() || inbound_.bodyFailed() || (left && *left > core_->options().limits.discardBytes) ||
         (expecting_ && !inbound_.bodyDone());
}

Task<bool> Connection::dispatch(Framing framing) {
  const Limits& limits = core_->options().limits;
  inbound_.beginBody(framing, limits.bodyBytes, pace());
  // Also before an empty body, where it might be left out: botocore takes the answer without it for the next one's,
  // too.
  expecting_ = framing.expectContinue && inbound_.buffered() == 0;
  Responder responder(transport_, out_, request_, pace(),
                      {core_->options().serverField, framing.keepAlive, [this] { return mustClose(); }});
  bool returned = co_await callHandler(responder);
  if (!responder.started()) {
    if (returned)
      log::error("http", "a handler returned without an answer",
                 {{"server", core_->options().name}, {"method", request_.method}, {"path", request_.path}});
    co_await refuse(500, "internal error");
    co_return false;
  }
  if (!returned || !responder.complete()) {
    abandon_ = true;  // the client sees a body that breaks off, never a short one that looks whole
    co_return false;
  }
  if (!responder.keepAlive()) {
    linger_ = !inbound_.bodyDone();
    co_return false;
  }
  if (!inbound_.bodyDone() && !co_await inbound_.discard(limits.discardBytes)) {
    linger_ = true;
    co_return false;
  }
  co_return true;
}

Task<bool> Connection::callHandler(Responder& responder) {
  std::string why;
  try {
    co_await core_->handler()(request_, *this, responder);
    co_return true;
  } catch (const boost::system::system_error& e) {
    if (e.code() == net::error::operation_aborted) co_return false;
    why = e.what();
  } catch (const std::exception& e) {
    why = e.what();
  }
  log::error("http", "a handler threw",
             {{"server", core_->options().name}, {"method", request_.method}, {"path", request_.path}, {"error", why}});
  co_return false;
}

Task<Status> Connection::sendContinue() {
  expecting_ = false;
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  Pace p = pace();
  co_return co_await transport_.write(asBytes(text), {}, p);
}

Task<Result<BytesView>> Connection::read(std::size_t atMost) {
  if (expecting_)
    if (Status s = co_await sendContinue(); !s) co_return s.error();
  co_return co_await inbound_.read(atMost);
}

Task<Result<std::size_t>> Connection::readInto(std::span<std::uint8_t> into) {
  if (expecting_)
    if (Status s = co_await sendContinue(); !s) co_return s.error();
  co_return co_await inbound_.readInto(into);
}

}  // namespace cairn::http
