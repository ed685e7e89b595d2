#include "daemon/http/client_connection.h"

#include <boost/asio/ip/address.hpp>

namespace cairn::http {
namespace {

constexpr auto quietly = net::as_tuple(net::use_awaitable);
using tcp = net::ip::tcp;

std::string nameOf(const Endpoint& e) {
  bool v6 = e.host.find(':') != e.host.npos;
  return (v6 ? "[" + e.host + "]" : e.host) + ":" + std::to_string(e.port);
}

bool plainToken(std::string_view s) {
  for (char c : s)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  return !s.empty();
}

}  // namespace

/// Rings on the executor of the present request. It is armed lazily: a deadline that moved away is looked at again when
/// the old one is over, so that a stream of small reads does not set a timer for each.
struct ClientConnection::Timer : std::enable_shared_from_this<Timer> {
  Timer(net::any_io_executor executor, ClientConnection* of) : timer(std::move(executor)), owner(of) {}
  net::steady_timer timer;
  ClientConnection* owner;
  std::unique_ptr<tcp::resolver> resolver;
  Micros armed = kNever;

  void arm(Micros due) {
    armed = due;
    timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(due)));
    timer.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && self->owner) self->ring();
    });
  }
  void ring() {
    armed = kNever;
    Micros due = owner->due_;
    if (due == kNever) return;
    if (due > nowMicros()) return arm(due);
    owner->due_ = kNever;
    if (resolver) resolver->cancel();
    owner->transport_->expire();
  }
  void end() {
    owner = nullptr;
    timer.cancel();
  }
};

ClientConnection::ClientConnection(std::shared_ptr<ClientCore> core, net::io_context& io, Endpoint endpoint)
    : core_(std::move(core)), io_(io), endpoint_(std::move(endpoint)) {
  transport_ = std::make_unique<Transport>(Transport::Socket(io.get_executor()), *this);
  inbound_ = std::make_unique<Inbound>(*transport_);
}

ClientConnection::~ClientConnection() {
  if (timer_) timer_->end();
}

void ClientConnection::adopt(net::any_io_executor executor, Micros deadline) {
  due_ = kNever;
  timer_ = std::make_shared<Timer>(std::move(executor), this);
  transport_->setTotalDeadline(deadline);
  sent_ = answered_ = wholeSent_ = headRead_ = false;
  ++uses_;
}

void ClientConnection::set(Micros due) {
  due_ = due;
  if (due != kNever && due < timer_->armed) timer_->arm(due);
}

Task<Result<tcp::resolver::results_type>> ClientConnection::resolve() {
  boost::system::error_code numeric;
  auto address = net::ip::make_address(endpoint_.host, numeric);
  if (!numeric)
    co_return tcp::resolver::results_type::create(tcp::endpoint(address, endpoint_.port), endpoint_.host, "");
  timer_->resolver = std::make_unique<tcp::resolver>(io_);
  auto [ec, found] = co_await timer_->resolver->async_resolve(endpoint_.host, std::to_string(endpoint_.port), quietly);
  timer_->resolver.reset();
  if (ec) co_return fail(Errc::unavailable, "cannot find the address of " + endpoint_.host + ": " + ec.message());
  co_return found;
}

Task<Status> ClientConnection::connect(std::chrono::milliseconds limit) {
  Micros deadline = later(nowMicros(), limit);
  set(deadline);
  auto addresses = co_await resolve();
  if (!addresses) co_return addresses.error();
  boost::system::error_code last = net::error::host_not_found;
  const auto& mayConnect = core_->options().mayConnect;
  bool allowed = false;
  for (auto& entry : *addresses) {
    if (mayConnect && !mayConnect(entry.endpoint().address())) continue;
    allowed = true;
    boost::system::error_code ignored;
    transport_->socket().close(ignored);
    auto [ec] = co_await transport_->socket().async_connect(entry.endpoint(), quietly);
    last = ec;
    if (!ec || nowMicros() >= deadline) break;
  }
  if (!allowed && !addresses->empty())
    co_return fail(Errc::denied, "no address of " + nameOf(endpoint_) + " may be connected to");
  if (last) {
    std::string why = nowMicros() >= deadline ? "no answer in time" : last.message();
    co_return fail(Errc::unavailable, "cannot connect to " + nameOf(endpoint_) + ": " + why);
  }
  transport_->configure();
  if (endpoint_.tls)
    if (Status s = co_await openTls(); !s) co_return s;
  set(kNever);
  co_return Status();
}

Status ClientConnection::configureTls() {
  bool pinned = !endpoint_.peerKey.empty();
  auto context = core_->tls(pinned);
  if (!context) return context.error();
  SSL* ssl = transport_->useTls(*context);
  boost::system::error_code numeric;
  net::ip::make_address(endpoint_.host, numeric);
  if (numeric) SSL_set_tlsext_host_name(ssl, endpoint_.host.c_str());
  if (pinned) {
    expectKey(ssl, &endpoint_.peerKey);
  } else if (numeric) {
    SSL_set1_host(ssl, endpoint_.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), endpoint_.host.c_str());
  }
  return {};
}

Task<Status> ClientConnection::openTls() {
  if (Status s = configureTls(); !s) co_return s;
  Status s = co_await transport_->handshake(false, due_);
  if (s) co_return s;
  Error e = s.error();
  // Nothing of the request was sent yet, so whatever it was, trying again does no harm.
  co_return fail(e.code == Errc::denied ? Errc::denied : Errc::unavailable, nameOf(endpoint_) + ": " + e.message);
}

Bytes ClientConnection::headBytes(const ClientRequest& r) const {
  std::string head = r.method + " " + r.target + " HTTP/1.1\r\n";
  if (!r.headers.has("Host"))
    head += "Host: " + (endpoint_.port == (endpoint_.tls ? 443 : 80) ? endpoint_.host : nameOf(endpoint_)) + "\r\n";
  for (Header h : r.headers) {
    if (sameIgnoringCase(h.name, "Content-Length") || sameIgnoringCase(h.name, "Transfer-Encoding")) continue;
    head.append(h.name).append(": ").append(h.value).append("\r\n");
  }
  bool carries = r.method == "PUT" || r.method == "POST" || r.method == "PATCH";
  if (r.source && !r.sourceLength) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (r.source || carries || !r.body.empty()) {
    head += "Content-Length: " + std::to_string(r.source ? *r.sourceLength : r.body.size()) + "\r\n";
  }
  return toBytes(asBytes(head += "\r\n"));
}

/// false when the peer is gone: perhaps he has answered first.
Task<Result<bool>> ClientConnection::put(BytesView a, BytesView b, Pace& pace) {
  sent_ = true;
  Status s = co_await transport_->write(a, b, pace);
  if (s) co_return true;
  if (s.error().code == Errc::timeout || s.error().code == Errc::cancelled) co_return s.error();
  co_return false;
}

Task<Result<bool>> ClientConnection::sendRequest(ClientRequest& request) {
  bool fieldsValid = true;
  for (Header h : request.headers) fieldsValid = fieldsValid && validFieldName(h.name) && validFieldValue(h.value);
  if (!fieldsValid || !plainToken(request.method) || !plainToken(request.target))
    co_return fail(Errc::invalid,
                   "the request has characters that are not allowed in its method, target or header fields");
  Bytes head = headBytes(request);
  if (request.source) co_return co_await sendSource(request, std::move(head));
  Pace pace(request.timeout, request.timeout, 0);
  auto sent = co_await put(head, request.body, pace);
  wholeSent_ = sent && *sent;
  co_return sent;
}

Task<Result<bool>> ClientConnection::sendSource(ClientRequest& request, Bytes head) {
  Pace pace(request.timeout, request.timeout, 0);
  std::uint64_t given = 0;
  Bytes frame = std::move(head);
  for (;;) {
    auto piece = co_await request.source();
    if (!piece) co_return piece.error();
    given += piece->size();
    if (request.sourceLength && (given > *request.sourceLength || (piece->empty() && given < *request.sourceLength)))
      co_return fail(Errc::invalid, "the body's source gave another number of bytes than announced");
    if (!request.sourceLength) {
      char size[24];
      int n = std::snprintf(size, sizeof size, "%zx\r\n", piece->size());
      append(frame, BytesView(reinterpret_cast<std::uint8_t*>(size), static_cast<std::size_t>(n)));
      if (piece->empty()) append(frame, asBytes("\r\n"));
    }
    if (given > 0 && sent_ && transport_->refusalWaits()) co_return false;
    bool last = piece->empty();
    auto sent = co_await put(frame, *piece, pace);
    if (!sent || !*sent) co_return sent;
    if (last) break;
    frame.clear();
    if (!request.sourceLength) append(frame, asBytes("\r\n"));
  }
  wholeSent_ = true;
  co_return true;
}

Task<Status> ClientConnection::readResponse(const ClientRequest& request, ResponseHead& head) {
  constexpr std::size_t kHeadLimit = 64 * 1024;
  for (int interim = 0; interim < 16; ++interim) {
    auto text = co_await inbound_->readHead(kHeadLimit, kNever, std::chrono::hours(1));
    answered_ = answered_ || inbound_->buffered() > 0 || (text && !text->empty());
    if (!text) co_return text.error();
    if (text->empty()) co_return fail(Errc::io, "the connection was closed before an answer");
    if (Status s = parseResponseHead(*text, request.method == "HEAD", head, framing_); !s) co_return s;
    if (head.status == 101) co_return fail(Errc::invalid, "the server switched to a protocol nobody asked for");
    if (head.status / 100 == 1) continue;
    if (framing_.body == Framing::Body::length || framing_.body == Framing::Body::none)
      length_ = framing_.length;
    else
      length_.reset();
    co_return Status();
  }
  co_return fail(Errc::invalid, "the server sent interim answers without end");
}

void ClientConnection::beginBody(std::uint64_t limit, std::chrono::milliseconds stall) {
  headRead_ = true;
  inbound_->beginBody(framing_, limit, Pace(stall, stall, 0));
}

void ClientConnection::release(std::unique_ptr<ClientConnection> connection) {
  connection->timer_->end();
  connection->due_ = kNever;
  bool reusable = connection->framing_.keepAlive && connection->wholeSent_ && connection->headRead_ &&
                  connection->inbound_->bodyDone() && !connection->inbound_->bodyFailed() &&
                  connection->inbound_->buffered() == 0;
  if (!reusable) return;
  connection->idleSince_ = nowMicros();
  auto core = connection->core_;
  core->keep(std::move(connection));
}

}  // namespace cairn::http
