#include "daemon/http/responder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "daemon/http/parser.h"

namespace cairn::http {
namespace {

void put(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void putField(Bytes& out, std::string_view name, std::string_view value) {
  put(out, name);
  put(out, ": ");
  put(out, value);
  put(out, "\r\n");
}

void putNumber(Bytes& out, std::uint64_t n, int base) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof digits, n, base).ptr;
  put(out, {digits, static_cast<std::size_t>(end - digits)});
}

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 5.6.7), made once a second and thread.
std::string_view dateLine() {
  thread_local std::time_t made = 0;
  thread_local std::string line;
  std::time_t now = std::time(nullptr);
  if (now != made) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm t{};
    gmtime_r(&now, &t);
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[t.tm_wday], t.tm_mday,
                  months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    line = buffer;
    made = now;
  }
  return line;
}

}  // namespace

Responder::Responder(Transport& transport, Bytes& out, const Request& request, Pace pace, ResponderSetup setup)
    : transport_(transport), out_(out), request_(request), pace_(pace), setup_(std::move(setup)) {}

Status Responder::misuse(const char* what) {
  return fail(Errc::internal, std::string("answer to ") + request_.method + ": " + what);
}

void Responder::buildFraming(const ResponseHead& head, std::optional<std::uint64_t> length) {
  bool noBodyEver = head.status == 204 || head.status / 100 == 1;
  bodiless_ = noBodyEver || head.status == 304 || request_.method == "HEAD";
  left_ = length.value_or(0);
  auto given = head.headers.find("Content-Length");
  if (noBodyEver) {
    coding_ = Coding::none;
  } else if (bodiless_ && given && (!length || *length == 0)) {
    coding_ = Coding::none;  // the length of what a GET would have got, as only the handler knows it
    putField(out_, "Content-Length", *given);
  } else if (length) {
    coding_ = Coding::length;
    if (head.status == 304 && *length == 0) return;
    put(out_, "Content-Length: ");
    putNumber(out_, *length, 10);
    put(out_, "\r\n");
  } else if (request_.version >= 11) {
    coding_ = Coding::chunked;
    put(out_, "Transfer-Encoding: chunked\r\n");
  } else {
    coding_ = Coding::untilClose;
    keepAlive_ = false;
  }
}

Status Responder::buildHead(const ResponseHead& head, std::optional<std::uint64_t> length) {
  if (head.status < 200 || head.status > 599)
    return fail(Errc::invalid, "not a final status: " + std::to_string(head.status));
  out_.clear();
  put(out_, "HTTP/1.1 ");
  putNumber(out_, static_cast<std::uint64_t>(head.status), 10);
  put(out_, " ");
  put(out_, reasonPhrase(head.status));
  put(out_, "\r\n");
  bool date = false, server = false;
  keepAlive_ = setup_.keepAlive && !setup_.mustClose();
  for (Header h : head.headers) {
    if (!validFieldName(h.name) || !validFieldValue(h.value))
      return fail(Errc::invalid,
                  "header field '" + std::string(h.name) + "' of the answer has characters that are not allowed");
    if (sameIgnoringCase(h.name, "Content-Length") || sameIgnoringCase(h.name, "Transfer-Encoding")) continue;
    if (sameIgnoringCase(h.name, "Connection")) {
      if (sameIgnoringCase(h.value, "close")) keepAlive_ = false;
      continue;
    }
    date = date || sameIgnoringCase(h.name, "Date");
    server = server || sameIgnoringCase(h.name, "Server");
    putField(out_, h.name, h.value);
  }
  if (!date) put(out_, dateLine());
  if (!server && !setup_.serverField.empty()) putField(out_, "Server", setup_.serverField);
  buildFraming(head, length);
  if (!keepAlive_) {
    put(out_, "Connection: close\r\n");
  } else if (request_.version < 11) {
    put(out_, "Connection: keep-alive\r\n");
  }
  put(out_, "\r\n");
  return {};
}

Task<Status> Responder::push(BytesView a, BytesView b) {
  Status s = co_await transport_.write(a, b, pace_);
  if (!s) state_ = State::broken;
  co_return s;
}

Task<Status> Responder::send(ResponseHead head, BytesView body) {
  if (state_ != State::fresh) co_return misuse("it was begun already");
  if (Status s = buildHead(head, body.size()); !s) co_return s;
  state_ = State::done;
  co_return co_await push(out_, bodiless_ ? BytesView() : body);
}

Task<Status> Responder::start(ResponseHead head, std::optional<std::uint64_t> contentLength) {
  if (state_ != State::fresh) co_return misuse("it was begun already");
  if (Status s = buildHead(head, contentLength); !s) co_return s;
  state_ = State::open;
  co_return Status();
}

/// Checks a write against the announced length.
Status Responder::account(std::uint64_t n) {
  if (state_ != State::open) return misuse("it is not open for writing");
  if (coding_ != Coding::length) return {};
  if (n > left_) {
    state_ = State::broken;
    return fail(Errc::invalid, "more bytes were written than the answer announced");
  }
  left_ -= n;
  return {};
}

Task<Status> Responder::write(BytesView bytes) {
  if (Status s = account(bytes.size()); !s) co_return s;
  if (bodiless_ || bytes.empty()) co_return Status();
  if (coding_ == Coding::chunked) {
    putNumber(out_, bytes.size(), 16);
    put(out_, "\r\n");
  }
  Status s = co_await push(out_, bytes);
  out_.clear();
  if (coding_ == Coding::chunked) put(out_, "\r\n");  // goes out in front of the next chunk
  co_return s;
}

Task<Status> Responder::writeParts(std::span<const BytesView> parts) {
  std::uint64_t sum = 0;
  for (BytesView part : parts) sum += part.size();
  if (Status s = account(sum); !s) co_return s;
  if (bodiless_ || sum == 0) co_return Status();
  if (coding_ == Coding::chunked) {
    putNumber(out_, sum, 16);
    put(out_, "\r\n");
  }
  BytesView before = out_;
  for (BytesView part : parts) {
    if (Status s = co_await push(before, part); !s) co_return s;
    before = {};
  }
  out_.clear();
  if (coding_ == Coding::chunked) put(out_, "\r\n");
  co_return Status();
}

Task<Status> Responder::flush() {
  if (state_ != State::open) co_return misuse("it is not open for writing");
  Status s = co_await push(out_, {});
  out_.clear();
  co_return s;
}

Task<Status> Responder::finish() {
  if (state_ != State::open) co_return misuse("it is not open for writing");
  if (coding_ == Coding::length && !bodiless_ && left_ > 0) {
    state_ = State::broken;
    co_return fail(Errc::invalid, "the answer ended " + std::to_string(left_) + " bytes before its announced length");
  }
  if (coding_ == Coding::chunked && !bodiless_) put(out_, "0\r\n\r\n");
  state_ = State::done;
  co_return co_await push(out_, {});
}

}  // namespace cairn::http
