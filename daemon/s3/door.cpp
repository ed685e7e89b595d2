#include "daemon/s3/door.h"

#include "daemon/rt/log.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/door_metrics.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/parse.h"
#include "daemon/s3/permit.h"
#include "daemon/s3/sts.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

/// What is known about a request while it is answered; for the answer's headers, the metrics and the log line.
struct Trace {
  std::string id;
  std::string_view operation = "Unknown";
  std::string owner;
  std::string grant;    ///< the name of the grant under which the caller acts for the owner
  bool linked = false;  ///< the request may hold a grant
  std::string failure;  ///< wire code and message, when refused
  int status = 0;
  std::uint64_t bytes = 0;
  bool broken = false;  ///< the answer was begun and could not be finished
};

std::string newRequestId(Random& random) {
  std::array<std::uint8_t, 8> bytes;
  random.fill(bytes);
  std::string id = toHex(bytes);
  for (char& c : id)
    if (c >= 'a') c = static_cast<char>(c - 0x20);
  return id;
}

std::string errorDocument(const Failed& failed, const http::Request& request, const std::string& id) {
  XmlWriter xml("Error", "");
  xml.text("Code", failed.wire());
  xml.text("Message", failed.message);
  for (const auto& [name, value] : failed.details) xml.text(name, value);
  // The path alone: a query may hold a presigned signature.
  xml.text("Resource", request.path);
  xml.plain("RequestId", id);
  xml.plain("HostId", id);
  return xml.finish();
}

Reply errorReply(const Failed& failed, const http::Request& request, const std::string& id) {
  Reply reply = xmlReply(errorDocument(failed, request, id));
  reply.status = static_cast<int>(failed.status());
  if (reply.status == 503) reply.headers.add("Retry-After", "1");
  if (reply.status == 416) {
    for (const auto& [name, value] : failed.details)
      if (name == "ActualObjectSize") reply.headers.add("Content-Range", "bytes */" + value);
  }
  return reply;
}

}  // namespace

class Door::Impl {
 public:
  Impl(Options options, bucket::Service& buckets, const auth::Authenticator& authenticator, Clock& clock,
       Random& random, Sts* sts)
      : options_(std::move(options)),
        buckets_(buckets),
        authenticator_(authenticator),
        clock_(clock),
        random_(random),
        sts_(sts) {}

  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& writer) {
    const Duration begun = clock_.steady();
    Trace trace;
    trace.id = newRequestId(random_);
    auto answered = co_await answer(request, body, trace);
    if (!answered) trace.failure = std::string(answered.error().wire()) + ": " + answered.error().message;
    Reply reply = answered ? std::move(*answered) : errorReply(answered.error(), request, trace.id);
    co_await send(request, std::move(reply), writer, trace);
    const Duration took = clock_.steady() - begun;
    metrics_.record(trace.operation, static_cast<unsigned>(trace.status), took);
    logLine(request, trace, took);
  }

 private:
  Task<Answer<Reply>> answer(http::Request& request, http::BodyReader& body, Trace& trace) {
    // Browsers ask this without credentials; no bucket has a CORS configuration.
    if (request.method == "OPTIONS") co_return refuse(ErrorCode::AccessForbidden);
    const Timestamp now = clock_.now();
    if (sts_ != nullptr && Sts::wants(request)) {
      co_return co_await sts_->answer(request, body, now, trace.id, trace.operation);
    }
    // Under a bucket's own host these are keys like any other.
    if (sts_ != nullptr && Sts::has(request.path) && !parseSubject(request, options_.virtualHostSuffixes)) {
      trace.operation = request.path == kRevokePath ? "RevokeOwn" : "GetChallenge";
      if (request.path == kRevokePath) co_return co_await sts_->revoke(request, body);
      co_return sts_->challenge(request, now);
    }
    const auto caller = authenticate(request, now, trace);
    if (!caller) co_return caller.error();
    if (caller->anonymous) co_return co_await answerAnybody(request, body, *caller, now, trace);
    if (auto s = co_await authenticator_.admit(*caller); !s) co_return fromAuth(s.error());
    trace.owner = caller->owner.get();
    if (caller->grant) trace.grant = caller->grant->name();
    auto subject = parseSubject(request, options_.virtualHostSuffixes);
    if (!subject) co_return subject.error();
    const auto operation = parseOperation(request, std::move(*subject), now);
    if (!operation) co_return operation.error();
    trace.operation = nameOf(*operation);
    if (auto allowed = permit(*caller, *operation); !allowed) co_return allowed.error();
    Call call{request, body, *caller, operation->subject, buckets_, options_, now, md5s_, anybody_};
    call.at = operation->at;
    if (!caller->grant && !call.at) call.reads = readingOf(*operation);
    if (auto used = co_await useGrant(call, authenticator_); !used) co_return used.error();
    co_return co_await std::visit([&call](const auto& action) { return s3::handle(call, action); }, operation->action);
  }

  /// What was opened to everybody; all else is denied in the same words, whatever it is that was asked for.
  Task<Answer<Reply>> answerAnybody(http::Request& request, http::BodyReader& body, const auth::Caller& caller,
                                    Timestamp now, Trace& trace) {
    auto subject = parseSubject(request, options_.virtualHostSuffixes);
    if (!subject) co_return refuse(ErrorCode::AccessDenied);
    const auto operation = parseOperation(request, std::move(*subject), now);
    auto reads = operation ? readingOf(*operation) : std::nullopt;
    if (!reads || operation->at) co_return refuse(ErrorCode::AccessDenied);  // what was is opened to nobody
    trace.operation = nameOf(*operation);
    const auto* get = std::get_if<GetObject>(&operation->action);
    const bool chooses = get != nullptr && !get->overrides.empty();
    const Call call{request,  body, caller, operation->subject, buckets_,
                    options_, now,  md5s_,  anybody_,           std::move(reads)};
    if (chooses) {
      const auto open = co_await openSnapshot(call);
      co_return open ? refuse(ErrorCode::InvalidRequest, std::string(kChooses)) : open.error();
    }
    co_return co_await std::visit([&call](const auto& action) { return s3::handle(call, action); }, operation->action);
  }

  Answer<auth::Caller> authenticate(const http::Request& request, Timestamp now, Trace& trace) {
    const auto headers = headerViews(request.headers);
    const auth::RequestView view{request.method, request.path, request.rawQuery, headers};
    trace.linked = authenticator_.carriesGrant(view);
    auto caller = authenticator_.authenticate(view, now);
    if (!caller) return fromAuth(caller.error());
    return std::move(*caller);
  }

  Task<void> send(const http::Request& request, Reply reply, http::ResponseWriter& writer, Trace& trace) {
    bucket::ContentReader::Piece first;
    if (reply.stream) {
      // The first piece is read before the head goes out: while nothing was sent, a failure can still be told.
      auto piece = co_await reply.stream->next();
      if (!piece || piece->bytes.empty()) {
        const Failed failed = piece ? refuse(ErrorCode::InternalError) : fromError(piece.error());
        trace.failure = piece ? "content ended early" : piece.error().message;
        reply = errorReply(failed, request, trace.id);
      } else {
        first = std::move(*piece);
      }
    }
    http::ResponseHead head;
    head.status = reply.status;
    head.headers = std::move(reply.headers);
    head.headers.add("Server", "Cairn");
    head.headers.add("Date", httpDate(clock_.now()));
    head.headers.add("x-amz-request-id", trace.id);
    if (trace.linked) {
      // The address is a secret and what it gives may be taken back: tell no other site, and ask again each time.
      head.headers.set("Referrer-Policy", "no-referrer");
      head.headers.set("Cache-Control", "private, no-cache");
    }
    trace.status = reply.status;
    if (reply.stream) {
      co_await sendStream(reply, std::move(head), std::move(first), writer, trace);
      co_return;
    }
    if (reply.body.empty() && request.method == "HEAD")
      head.headers.set("Content-Length", std::to_string(reply.length));
    trace.bytes = reply.body.size();
    const auto sent = co_await writer.send(std::move(head), asBytes(reply.body));
    trace.broken = !sent;
  }

  Task<void> sendStream(Reply& reply, http::ResponseHead head, bucket::ContentReader::Piece piece,
                        http::ResponseWriter& writer, Trace& trace) {
    if (piece.bytes.size() == reply.length) {
      trace.bytes = reply.length;
      trace.broken = !co_await writer.send(std::move(head), piece.bytes);
      co_return;
    }
    trace.broken = true;
    if (!co_await writer.start(std::move(head), reply.length)) co_return;
    for (;;) {
      if (!co_await writer.write(piece.bytes)) co_return;
      trace.bytes += piece.bytes.size();
      if (trace.bytes >= reply.length) break;
      auto next = co_await reply.stream->next();
      // Too late for an error document: what was announced is not kept, and the connection ends, so the client knows.
      if (!next || next->bytes.empty()) {
        trace.failure = next ? "content ended early" : next.error().message;
        co_return;
      }
      piece = std::move(*next);
    }
    trace.broken = !co_await writer.finish();
  }

  void logLine(const http::Request& request, const Trace& trace, Duration took) const {
    const bool bad = trace.status >= 500 || (trace.broken && !trace.failure.empty());
    if (options_.accessLog == AccessLog::off || (options_.accessLog == AccessLog::errors && !bad)) return;
    log::write(bad ? log::Level::warning : log::Level::info, "s3", "request",
               {{"request_id", trace.id},
                {"operation", trace.operation},
                {"method", request.method},
                {"path", request.path},
                {"status", trace.status},
                {"bytes", trace.bytes},
                {"micros", took.count()},
                {"owner", trace.owner},
                {"grant", trace.grant},
                {"remote", request.remoteAddress},
                {"failure", trace.failure},
                {"cut_off", trace.broken}});
  }

  Options options_;
  bucket::Service& buckets_;
  const auth::Authenticator& authenticator_;
  Clock& clock_;
  Random& random_;
  Sts* sts_;
  DoorMetrics metrics_;
  Md5Pool md5s_;
  Anybody anybody_;
};

Door::Door(Options options, bucket::Service& buckets, const auth::Authenticator& authenticator, Clock& clock,
           Random& random, Sts* sts)
    : impl_(std::make_unique<Impl>(std::move(options), buckets, authenticator, clock, random, sts)) {}
Door::~Door() = default;

Task<void> Door::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& writer) {
  return impl_->handle(request, body, writer);
}

}  // namespace cairn::s3
