#include "daemon/admin/door.h"

#include "common/api/problem.h"
#include "daemon/admin/event_stream.h"
#include "daemon/rt/metrics.h"

namespace cairn::admin {
namespace {

BucketId bucketOf(const Match& match) {
  return {OwnerId(match.parameters[0]), BucketName(match.parameters[1])};
}

}  // namespace

Door::Door(registry::Registry& registry, LocalStatus& local, bucket::Service& buckets, Clock& clock,
           ReceiptCheck receiptCheck, FeedTiming feed, OperatorAccess* access)
    : registry_(registry),
      local_(local),
      clock_(clock),
      answers_(registry, local, buckets, clock),
      past_(buckets),
      chain_(registry, clock, std::move(receiptCheck)),
      feed_(std::make_shared<EventFeed>(registry, clock, feed)),
      access_(access),
      started_(clock.steady()) {}

Door::~Door() {
  stop();
}
void Door::stop() {
  feed_->stop();
}

Door::Reply Door::problem(const Error& error) {
  return {api::httpStatus(error.code), "application/json", api::toJson(api::problemOf(error)), {}};
}

Door::Reply Door::problem(const Refusal& refusal) {
  return {refusal.status, "application/json", api::toJson(api::Problem{refusal.code, refusal.message}), {}};
}

template <class Message>
Door::Reply Door::reply(const Result<Message>& message) {
  if (!message) return problem(message.error());
  return {200, "application/json", api::toJson(*message), {}};
}

std::optional<Door::Reply> Door::objection(const http::Request& request, const Result<Match>& found,
                                           const Result<Query>& query) const {
  if (!found) return problem(found.error());
  if (needsOperators(found->page) && access_ == nullptr) return problem(noSuchPage(request.path));
  if (request.headers.has("Origin")) return problem(fail(Errc::denied, "web pages may not ask here"));
  const bool acts = found->page == Page::actions;
  if (acts ? request.method != "POST" : request.method != "GET" && request.method != "HEAD") {
    Reply out =
        problem(fail(Errc::unsupported, acts ? "only POST is answered here" : "only GET and HEAD are answered here"));
    out.allow = acts ? "POST" : "GET, HEAD";
    return out;
  }
  if (!query) return problem(query.error());
  return std::nullopt;
}

Task<std::optional<Door::Reply>> Door::respond(http::Request& request, http::BodyReader& body,
                                               http::ResponseWriter& response) {
  auto found = match(request.path);
  auto query = Query::parse(request.rawQuery);
  if (auto out = objection(request, found, query)) co_return out;
  // An action carries its own signature.
  if (found->page == Page::actions) co_return co_await act(request, body);
  Gate::Answer admitted;
  if (access_ != nullptr && !isOpen(found->page)) admitted = co_await access_->gate.admit(request);
  if (admitted.refusal) co_return problem(*admitted.refusal);
  if (found->page == Page::events)
    co_return co_await events(request, std::move(*query), response, std::move(admitted.still));
  co_return co_await answer(request, *found, std::move(*query));
}

Task<void> Door::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
  auto out = co_await respond(request, body, response);
  if (!out) co_return;
  http::ResponseHead head{out->status, {{"Content-Type", out->type}, {"Cache-Control", "no-store"}}};
  if (!out->allow.empty()) head.headers.add("Allow", out->allow);
  if (out->status == 401) head.headers.add("WWW-Authenticate", "Bearer");
  // Whoever left before the answer does not miss it.
  static_cast<void>(co_await response.send(std::move(head), asBytes(out->body)));
}

Task<Door::Reply> Door::act(http::Request& request, http::BodyReader& body) {
  auto bytes = co_await http::readAll(body, auth::kMaxActionBody);
  if (!bytes) co_return problem(bytes.error());
  co_return reply(co_await access_->actions.act(std::string(asText(*bytes)), request.remoteAddress));
}

Task<Door::Reply> Door::chain() {
  auto status = co_await chain_.advance();
  if (!status || access_ == nullptr) co_return reply(status);
  auto keys = co_await access_->vouchers.keys();
  if (!keys) co_return problem(keys.error());
  auto& out = status->keys.emplace();
  for (auto& key : *keys) out.push_back({key.master, toHex(key.publicKey), std::move(key.by)});
  co_return reply(status);
}

Task<Door::Reply> Door::answer(const http::Request& request, const Match& found, Query query) {
  switch (found.page) {
    case Page::health:
      co_return health();
    case Page::ready:
      co_return co_await ready(query);
    case Page::metrics:
      co_return Reply{200, "text/plain; version=0.0.4; charset=utf-8", metrics::expose(), {}};
    case Page::fleet:
      co_return reply(co_await answers_.fleet());
    case Page::masters:
      co_return reply(co_await answers_.masters());
    case Page::buckets:
      co_return reply(co_await answers_.buckets(std::move(query)));
    case Page::bucket:
      co_return reply(co_await answers_.bucket(bucketOf(found)));
    case Page::history:
      co_return reply(co_await answers_.history(bucketOf(found), std::move(query)));
    case Page::state:
      co_return reply(co_await past_.state(bucketOf(found), std::move(query)));
    case Page::diff:
      co_return reply(co_await past_.diff(bucketOf(found), std::move(query)));
    case Page::races:
      co_return reply(co_await answers_.races(std::move(query)));
    case Page::chain:
      co_return co_await chain();
    case Page::operators:
      co_return reply(co_await access_->actions.list());
    case Page::audit:
      co_return reply(co_await access_->actions.audit(std::move(query)));
    case Page::events:
    case Page::actions:
      break;  // not answered here
  }
  co_return problem(fail(Errc::internal, "no answer for " + request.path));
}

Door::Reply Door::health() const {
  const auto up = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - started_);
  return {200, "application/json", api::toJson(api::Health{"ok", local_.node(), local_.version(), up.count()}), {}};
}

Task<Door::Reply> Door::ready(const Query& query) {
  auto write = query.flag("write");
  if (!write) co_return problem(write.error());
  Ready ready = co_await local_.ready(*write ? Access::write : Access::read);
  const int status = ready.ready ? 200 : 503;
  co_return Reply{status,
                  "application/json",
                  api::toJson(api::Readiness{ready.ready, *write ? "write" : "read", std::move(ready.reasons)}),
                  {}};
}

Task<std::optional<Door::Reply>> Door::events(const http::Request& request, Query query, http::ResponseWriter& response,
                                              std::function<bool()> may) {
  auto last = co_await registry_.lastEvent();
  if (!last) co_return problem(last.error());
  auto after = query.number("after", *last, 0, INT64_MAX);
  if (!after) co_return problem(after.error());
  if (const auto header = request.headers.find("Last-Event-ID")) {
    const auto n = parseNumber(*header);
    if (!n) co_return problem(fail(Errc::invalid, "Last-Event-ID is not a whole number"));
    after = *n;
  }
  if (*after > *last)
    co_return problem(fail(
        Errc::invalid, "there is no event " + std::to_string(*after) + " yet; the last is " + std::to_string(*last)));
  auto listener = co_await feed_->listen();
  if (!listener) co_return problem(listener.error());
  co_await streamEvents(std::move(*listener), *after, clock_, response, std::move(may));
  co_return std::nullopt;
}

}  // namespace cairn::admin
