#include "fake_master.h"

#include "common/base/url.h"
#include "common/digest/digest.h"

namespace cairn::drill::test {
namespace {

std::string etagOf(const std::string& body) {
  return toHex(digest(DigestAlgorithm::md5, asBytes(body)));
}

std::string parameter(const http::Request& request, const std::string& name) {
  for (const auto& pair : *parseQuery(request.rawQuery))
    if (pair.name == name) return pair.value;
  return {};
}

constexpr std::size_t kPage = 7;  // small, so that every listing has several

}  // namespace

FakeMaster::FakeMaster(net::io_context& io, Bucket& bucket, Faults fault)
    : bucket_(bucket),
      fault_(std::move(fault)),
      server_(io, {}, [this](auto& q, auto& b, auto& w) { return handle(q, b, w); }) {
  const auto started = server_.start();
  CAIRN_ASSERT(started.has_value());
}

Task<void> FakeMaster::stop() {
  (void)co_await server_.drain(std::chrono::seconds(2));
}

Task<void> FakeMaster::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& writer) {
  const auto bytes = co_await http::readAll(body, 1 << 20);
  CAIRN_ASSERT(bytes.has_value());
  Answer answer = act(request, std::string(asText(*bytes)));
  http::ResponseHead head;
  head.status = answer.status;
  if (!answer.etag.empty()) head.headers.add("ETag", "\"" + answer.etag + "\"");
  if (answer.status >= 400) answer.body = "<Error><Code>Planted</Code><Message>as asked</Message></Error>";
  (void)co_await writer.send(std::move(head), asBytes(answer.body));
}

FakeMaster::Answer FakeMaster::act(const http::Request& request, std::string body) {
  if (request.path == "/metrics") return {200, metrics, {}};
  const bool ofBucket = request.path.find('/', 1) == std::string::npos;
  if (ofBucket && request.method == "HEAD") return {bucket_.exists ? 200 : 404, {}, {}};
  if (ofBucket && request.method == "PUT") return bucket_.exists = true, Answer{};
  if (ofBucket && request.method == "DELETE") {
    if (!bucket_.objects.empty()) return {409, {}, {}};
    bucket_.exists = false;
    return {204, {}, {}};
  }
  if (ofBucket && request.method == "POST") {
    for (std::size_t at = 0; (at = body.find("<Key>", at)) != std::string::npos; ++at)
      bucket_.objects.erase(body.substr(at + 5, body.find("</Key>", at) - at - 5));
    return {};
  }
  if (ofBucket) return list(request);
  if (request.method == "PUT") return put(request, std::move(body));
  const auto found = bucket_.objects.find(request.path.substr(request.path.find('/', 1) + 1));
  if (found == bucket_.objects.end()) return {404, {}, {}};
  return {200, found->second, etagOf(found->second)};
}

FakeMaster::Answer FakeMaster::put(const http::Request& request, std::string body) {
  const std::string key = request.path.substr(request.path.find('/', 1) + 1);
  const Fault fault = fault_ ? fault_(key, bucket_.puts[key]++) : Fault::none;
  if (fault == Fault::reject) return {503, {}, {}};
  if (fault == Fault::deny) return {403, {}, {}};
  if (request.headers.has("If-None-Match") && bucket_.objects.contains(key)) return {412, {}, {}};
  if (fault == Fault::mangle) body += "!";
  if (fault != Fault::forget) bucket_.objects[key] = body;
  if (fault == Fault::fail_after) return {500, {}, {}};
  return {200, {}, etagOf(body)};
}

FakeMaster::Answer FakeMaster::list(const http::Request& request) const {
  const std::string prefix = parameter(request, "prefix");
  auto at = bucket_.objects.upper_bound(std::max(prefix, parameter(request, "continuation-token")));
  std::string xml;
  std::string last;
  std::size_t n = 0;
  for (; at != bucket_.objects.end() && at->first.starts_with(prefix) && n < kPage; ++at, ++n) {
    xml += "<Contents><Key>" + at->first + "</Key><ETag>&quot;" + etagOf(at->second) + "&quot;</ETag></Contents>";
    last = at->first;
  }
  const bool more = at != bucket_.objects.end() && at->first.starts_with(prefix);
  xml += std::string("<IsTruncated>") + (more ? "true" : "false") + "</IsTruncated>";
  if (more) xml += "<NextContinuationToken>" + last + "</NextContinuationToken>";
  return {200, "<ListBucketResult>" + xml + "</ListBucketResult>", {}};
}

}  // namespace cairn::drill::test
