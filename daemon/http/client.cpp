#include "daemon/http/client.h"

#include "daemon/http/client_connection.h"

namespace cairn::http {
namespace {

bool idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

Error explain(const Error& e, const ClientConnection& c, const ClientRequest& r) {
  std::string what = r.method + " to " + c.endpoint().host + ":" + std::to_string(c.endpoint().port) + ": " + e.message;
  if (e.code != Errc::io) return fail(e.code, what);
  bool harmless = !c.sentSomething() || idempotent(r.method);
  return fail(harmless ? Errc::unavailable : Errc::unknown_outcome, what);
}

/// The peer closed an idle connection while we were reaching for it: the request never got to a handler.
bool mayRepeat(const ClientConnection& c, const Error& e, const ClientRequest& r, bool sourceUsed) {
  return c.reused() && !c.sawAnswer() && e.code == Errc::io && idempotent(r.method) && !sourceUsed;
}

}  // namespace

ResponseStream::ResponseStream(std::unique_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}

ResponseStream::~ResponseStream() {
  if (connection_ && connection_->inbound().bodyDone()) ClientConnection::release(std::move(connection_));
}

Task<Result<BytesView>> ResponseStream::read(std::size_t atMost) {
  return connection_->inbound().read(atMost);
}

Task<Result<std::size_t>> ResponseStream::readInto(std::span<std::uint8_t> into) {
  return connection_->inbound().readInto(into);
}

Client::Client(net::io_context& io, ClientOptions options)
    : core_(std::make_shared<ClientCore>(io, std::move(options))) {}
Client::~Client() {
  core_->closeIdle(true);
}
void Client::closeIdle() {
  core_->closeIdle(false);
}
std::size_t Client::idle() const {
  return core_->idle();
}

Task<Result<std::unique_ptr<ResponseStream>>> Client::begin(const Endpoint& endpoint, ClientRequest& request,
                                                            bool wholeTime) {
  Micros deadline = later(nowMicros(), request.timeout);
  auto executor = co_await net::this_coro::executor;
  bool sourceUsed = false;
  if (request.source)
    request.source = [&sourceUsed, inner = std::move(request.source)] { return sourceUsed = true, inner(); };
  for (bool pooled = true;; pooled = false) {
    auto connection = pooled ? core_->takeIdle(endpoint) : nullptr;
    bool fresh = !connection;
    if (fresh) connection = std::make_unique<ClientConnection>(core_, core_->io(), endpoint);
    connection->adopt(executor, deadline);
    if (fresh)
      if (Status s = co_await connection->connect(std::min(core_->options().connectTimeout, request.timeout)); !s)
        co_return s.error();
    auto sent = co_await connection->sendRequest(request);
    if (!sent) co_return explain(sent.error(), *connection, request);
    auto& c = *connection;
    auto stream = std::make_unique<ResponseStream>(std::move(connection));
    if (Status s = co_await c.readResponse(request, stream->head_); !s) {
      if (mayRepeat(c, s.error(), request, sourceUsed)) continue;
      co_return explain(s.error(), c, request);
    }
    stream->length_ = c.responseLength();
    if (!wholeTime) c.transport().setTotalDeadline(kNever);
    c.beginBody(request.maxResponseBytes, wholeTime ? request.timeout : request.stall);
    co_return stream;
  }
}

Task<Result<std::unique_ptr<ResponseStream>>> Client::open(Endpoint endpoint, ClientRequest request) {
  co_return co_await begin(endpoint, request, false);
}

Task<Result<Response>> Client::request(Endpoint endpoint, ClientRequest request) {
  auto stream = co_await begin(endpoint, request, true);
  if (!stream) co_return stream.error();
  ResponseStream& s = **stream;
  auto body =
      co_await readAll(s, static_cast<std::size_t>(std::min<std::uint64_t>(request.maxResponseBytes, SIZE_MAX)));
  if (!body)
    co_return fail(body.error().code, request.method + " to " + endpoint.host + ":" + std::to_string(endpoint.port) +
                                          ": " + body.error().message);
  co_return Response{s.status(), s.headers(), std::move(*body)};
}

}  // namespace cairn::http
