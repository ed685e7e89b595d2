#include "daemon/pins/door.h"

#include "common/base/text.h"
#include "daemon/pins/pin_request.h"
#include "daemon/rt/log.h"

namespace cairn::pins {
namespace {

using identity::Operation;

Refusal refusalOf(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return notFound();
    case Errc::too_large:
      return {409, "INSUFFICIENT_FUNDS", error.message + ": remove some, or ask the operator for more"};
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::cancelled:
      return {503, "SERVICE_UNAVAILABLE", "The registry cannot be asked now: try again"};
    case Errc::unknown_outcome:
      return {503, "UNKNOWN_OUTCOME", "It may have been done: look before you try again"};
    default:
      log::error("pins", "a request failed", {{"error", error.message}});
      return {500, "INTERNAL_SERVER_ERROR", "It cannot be done"};
  }
}

Refusal unauthorized(std::string details) {
  return {401, "UNAUTHORIZED", "Access token is missing or invalid: " + std::move(details)};
}

Refusal refusalOf(const auth::AuthError& error) {
  if (error.failure == auth::AuthFailure::unavailable) return {503, "SERVICE_UNAVAILABLE", error.message};
  return unauthorized(error.message);
}

Asked<void> permit(const auth::Caller& caller, std::initializer_list<Operation> operations) {
  for (Operation operation : operations)
    if (caller.scope && !caller.scope->allows(operation, identity::kAnyBucket, ""))
      return Refusal{403, "FORBIDDEN",
                     "The credential's scope does not allow this: pins ask for " +
                         identity::Operations{operation}.text() + " on all buckets"};
  return {};
}

Asked<std::string_view> bearerOf(const http::Request& request) {
  const auto headers = request.headers.findAll("Authorization");
  if (headers.empty()) return unauthorized("the request has no Authorization header");
  if (headers.size() > 1) return unauthorized("the request has two Authorization headers");
  const std::string_view value = trim(headers.front());
  const std::size_t space = std::min(value.find(' '), value.size());
  if (!sameIgnoringCase(value.substr(0, space), "Bearer"))
    return unauthorized("the pinning service takes Authorization: Bearer");
  return trim(value.substr(space));
}

}  // namespace

Door::Door(registry::PinRegistry& pins, const auth::Authenticator& callers, Clock& clock, Random& random,
           DoorOptions options)
    : pins_(pins), callers_(callers), clock_(clock), random_(random), options_(std::move(options)) {}

Task<void> Door::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
  auto reply = co_await answer(request, body);
  http::ResponseHead head{reply ? reply->status : reply.error().status, {{"Cache-Control", "no-store"}}};
  if (head.status == 401) head.headers.add("WWW-Authenticate", "Bearer");
  if (head.status == 503) head.headers.add("Retry-After", "1");
  if (head.status == 405) head.headers.add("Allow", request.path == "/pins" ? "GET, POST" : "GET, POST, DELETE");
  const std::string text = reply ? std::move(reply->json) : failureJson(reply.error());
  if (!text.empty()) head.headers.add("Content-Type", "application/json");
  static_cast<void>(co_await response.send(std::move(head), asBytes(text)));
}

Task<Asked<auth::Caller>> Door::caller(const http::Request& request) {
  const auto bearer = bearerOf(request);
  if (!bearer) co_return bearer.error();
  const auto caller = callers_.bearer(*bearer, clock_.now());
  if (!caller) co_return refusalOf(caller.error());
  if (auto admitted = co_await callers_.admit(*caller); !admitted) co_return refusalOf(admitted.error());
  co_return *caller;
}

Task<Asked<Door::Reply>> Door::answer(const http::Request& request, http::BodyReader& body) {
  const auto from = co_await caller(request);
  if (!from) co_return from.error();
  const std::string& method = request.method;
  if (request.path == "/pins") {
    if (method == "GET" || method == "HEAD") co_return co_await list(*from, request);
    if (method == "POST") co_return co_await add(*from, body, {});
    co_return Refusal{405, "METHOD_NOT_ALLOWED", "GET and POST are answered here"};
  }
  const std::string id = request.path.substr(6);
  if (!isRequestId(id)) co_return notFound();
  if (method == "GET" || method == "HEAD") co_return co_await show(*from, id);
  if (method == "POST") co_return co_await add(*from, body, id);
  if (method == "DELETE") co_return co_await remove(*from, id);
  co_return Refusal{405, "METHOD_NOT_ALLOWED", "GET, POST and DELETE are answered here"};
}

Task<Asked<Door::Reply>> Door::list(const auth::Caller& caller, const http::Request& request) {
  if (auto may = permit(caller, {Operation::read}); !may) co_return may.error();
  const auto filter = parseFilter(request.rawQuery);
  if (!filter) co_return filter.error();
  const auto page = co_await pins_.list(caller.owner, *filter);
  if (!page) co_return refusalOf(page.error());
  co_return Reply{200, resultsJson(*page, co_await options_.delegates())};
}

Task<Asked<Door::Reply>> Door::add(const auth::Caller& caller, http::BodyReader& body, std::string replaced) {
  if (auto may = permit(caller, {Operation::write}); !may) co_return may.error();
  if (!replaced.empty())
    if (auto may = permit(caller, {Operation::remove}); !may) co_return may.error();
  const auto bytes = co_await http::readAll(body, kMaxBody);
  if (!bytes && bytes.error().code == Errc::too_large)
    co_return Refusal{413, "PAYLOAD_TOO_LARGE", "A pin has at most 65536 bytes"};
  if (!bytes) co_return bad("the body did not come whole");
  auto row = parsePin(asText(*bytes));
  if (!row) co_return row.error();
  std::array<std::uint8_t, 16> id;
  random_.fill(id);
  row->id = toHex(id);
  row->owner = caller.owner;
  for (bool again : {true, false}) {
    const auto made =
        replaced.empty() ? co_await pins_.add(*row, options_.mostPins) : co_await pins_.replace(replaced, *row);
    if (!made && made.error().code == Errc::unknown_outcome && again) continue;
    if (!made) co_return refusalOf(made.error());
    options_.wake();
    co_return Reply{202, statusJson(*made, co_await options_.delegates())};
  }
  co_return Refusal{500, "INTERNAL_SERVER_ERROR", "It cannot be done"};
}

Task<Asked<Door::Reply>> Door::show(const auth::Caller& caller, std::string id) {
  if (auto may = permit(caller, {Operation::read}); !may) co_return may.error();
  const auto row = co_await pins_.find(caller.owner, std::move(id));
  if (!row) co_return refusalOf(row.error());
  co_return Reply{200, statusJson(*row, co_await options_.delegates())};
}

Task<Asked<Door::Reply>> Door::remove(const auth::Caller& caller, std::string id) {
  if (auto may = permit(caller, {Operation::remove}); !may) co_return may.error();
  if (auto gone = co_await pins_.remove(caller.owner, std::move(id)); !gone) co_return refusalOf(gone.error());
  co_return Reply{202, {}};
}

Task<Asked<Cid>> Door::readable(const http::Request& request) {
  const auto from = co_await caller(request);
  if (!from) co_return from.error();
  if (auto may = permit(*from, {Operation::read}); !may) co_return may.error();
  std::string id(request.headers.find("x-cairn-pin").value_or(""));
  if (!isRequestId(id)) co_return notFound();
  const auto row = co_await pins_.find(from->owner, std::move(id));
  if (!row) co_return refusalOf(row.error());
  if (row->state != registry::PinState::pinned || !row->proved)
    co_return Refusal{403, "FORBIDDEN", "this pin has not brought its bytes itself, and so shows no right to them"};
  co_return row->root;
}

}  // namespace cairn::pins
