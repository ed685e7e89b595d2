#include "daemon/http/parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>
#include <charconv>

namespace cairn::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

std::string_view view(string_view s) {
  return {s.data(), s.size()};
}

/// Puts fields straight into our Headers and notes those that decide the framing.
template <bool isRequest>
class HeadParser : public beast::http::basic_parser<isRequest> {
 public:
  HeadParser(Headers& headers, std::size_t maxFields) : headers_(headers), maxFields_(maxFields) {
    this->eager(false);
    this->body_limit(boost::none);
    this->header_limit(UINT32_MAX);
  }

  unsigned lengths = 0, codings = 0, hosts = 0;
  bool chunkedOnly = false, tooManyFields = false, lengthIsPlain = true;
  std::optional<std::string_view> expect;

 protected:
  void on_field_impl(beast::http::field field, string_view name, string_view value, error_code& ec) override {
    if (headers_.size() >= maxFields_) {
      tooManyFields = true;
      ec = beast::http::error::header_limit;
      return;
    }
    headers_.add(view(name), view(value));
    switch (field) {
      case beast::http::field::content_length:
        ++lengths;
        lengthIsPlain = value.find_first_not_of("0123456789") == value.npos;  // Beast takes lists such as "5, 5"
        break;
      case beast::http::field::transfer_encoding:
        ++codings;
        chunkedOnly = sameIgnoringCase(view(value), "chunked");
        break;
      case beast::http::field::host:
        ++hosts;
        break;
      case beast::http::field::expect:
        expect = view(value);
        break;
      default:
        break;
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

 private:
  Headers& headers_;
  std::size_t maxFields_;
};

class RequestParser final : public HeadParser<true> {
 public:
  RequestParser(Request& out, std::size_t maxFields) : HeadParser(out.headers, maxFields), out_(out) {}

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version, error_code&) override {
    out_.method.assign(method.data(), method.size());
    out_.setTarget(view(target));
    out_.version = static_cast<unsigned>(version);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  Request& out_;
};

class ResponseParser final : public HeadParser<false> {
 public:
  explicit ResponseParser(ResponseHead& out) : HeadParser(out.headers, 1000), out_(out) {}
  unsigned version = 11;

 private:
  void on_request_impl(beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int v, error_code&) override {
    out_.status = code;
    version = static_cast<unsigned>(v);
  }
  ResponseHead& out_;
};

/// Beast joins folded lines silently, so they are looked for before it.
bool folded(std::string_view head) {
  for (std::size_t at = head.find("\r\n"); at != head.npos && at + 2 < head.size(); at = head.find("\r\n", at + 2))
    if (head[at + 2] == ' ' || head[at + 2] == '\t') return true;
  return false;
}

template <class Parser>
std::optional<std::string> framingFault(const Parser& p) {
  if (p.codings > 0 && p.lengths > 0) return "both Content-Length and Transfer-Encoding are given";
  if (p.lengths > 1) return "Content-Length is given twice";
  if (!p.lengthIsPlain) return "Content-Length is not a number";
  if (p.codings > 1) return "Transfer-Encoding is given twice";
  if (p.codings == 1 && !p.chunkedOnly) return "the only transfer coding supported is 'chunked'";
  return std::nullopt;
}

template <class Parser>
error_code parse(Parser& parser, std::string_view head) {
  error_code ec;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (!ec && !parser.is_header_done()) ec = beast::http::error::partial_message;
  return ec;
}

/// Not a space too many in the target, which Beast reports as a bad version as well.
bool otherVersion(std::string_view head) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  return std::count(line.begin(), line.end(), ' ') == 2 && line.substr(line.rfind(' ')).starts_with(" HTTP/");
}

std::optional<Refusal> refusalFor(const RequestParser& p, error_code ec, const Request& out, std::string_view head) {
  if (p.tooManyFields) return Refusal{431, "the request has too many header fields"};
  if (ec == beast::http::error::bad_version && otherVersion(head))
    return Refusal{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  if (auto fault = framingFault(p)) return Refusal{400, *fault};
  if (ec) return Refusal{400, "the request is malformed: " + ec.message()};
  if (out.target.find('#') != out.target.npos) return Refusal{400, "the request's target has a fragment"};
  if (p.hosts > 1) return Refusal{400, "Host is given twice"};
  if (p.hosts == 0 && out.version >= 11) return Refusal{400, "Host is missing"};
  if (p.codings > 0 && out.version < 11) return Refusal{400, "Transfer-Encoding needs HTTP/1.1"};
  if (p.expect && !sameIgnoringCase(*p.expect, "100-continue")) return Refusal{417, "the expectation is not known"};
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> parseRequestHead(std::string_view head, std::size_t maxFields, Request& out, Framing& framing) {
  out.headers.clear();
  out.method.clear();
  if (folded(head)) return Refusal{400, "a header field is folded over two lines"};
  RequestParser parser(out, maxFields);
  error_code ec = parse(parser, head);
  if (auto refusal = refusalFor(parser, ec, out, head)) return refusal;
  framing = Framing{};
  framing.keepAlive = parser.keep_alive();
  framing.expectContinue = parser.expect.has_value() && out.version >= 11;
  out.contentLength = 0;
  if (parser.codings == 1) {
    framing.body = Framing::Body::chunked;
    out.contentLength.reset();
  } else if (parser.lengths == 1) {
    framing.length = parser.content_length().value_or(0);
    framing.body = framing.length > 0 ? Framing::Body::length : Framing::Body::none;
    out.contentLength = framing.length;
  }
  return std::nullopt;
}

Status parseResponseHead(std::string_view head, bool forHead, ResponseHead& out, Framing& framing) {
  out.headers.clear();
  if (folded(head)) return fail(Errc::invalid, "a header field of the response is folded over two lines");
  ResponseParser parser(out);
  parser.skip(true);  // framing is ours; without this Beast would judge it by rules of its own
  error_code ec = parse(parser, head);
  if (auto fault = framingFault(parser)) return fail(Errc::invalid, "the response is malformed: " + *fault);
  if (ec) return fail(Errc::invalid, "the response is malformed: " + ec.message());
  framing = Framing{};
  auto connection = out.headers.find("Connection");
  framing.keepAlive = parser.version >= 11 ? !(connection && sameIgnoringCase(*connection, "close"))
                                           : (connection && sameIgnoringCase(*connection, "keep-alive"));
  bool bodiless = forHead || out.status / 100 == 1 || out.status == 204 || out.status == 304;
  if (bodiless) return {};
  if (parser.codings == 1) {
    framing.body = Framing::Body::chunked;
  } else if (parser.lengths == 1) {
    std::string_view digits = *out.headers.find("Content-Length");
    if (std::from_chars(digits.data(), digits.data() + digits.size(), framing.length).ec != std::errc())
      return fail(Errc::invalid, "the response is malformed: Content-Length is not a number");
    framing.body = framing.length > 0 ? Framing::Body::length : Framing::Body::none;
  } else {
    framing.body = Framing::Body::untilClose;
    framing.keepAlive = false;
  }
  return {};
}

std::string_view reasonPhrase(int status) {
  auto known = beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == beast::http::status::unknown) return {};
  return view(beast::http::obsolete_reason(known));
}

bool validFieldName(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool validFieldValue(std::string_view s) {
  return std::ranges::none_of(s, [](char c) {
    auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && u != '\t') || u == 0x7f;
  });
}

}  // namespace cairn::http
