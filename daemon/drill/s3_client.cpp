#include "daemon/drill/s3_client.h"

#include <pugixml.hpp>

#include "common/base/url.h"
#include "common/digest/base64.h"
#include "common/digest/digest.h"

namespace cairn::drill {
namespace {

/// A master that was stopped in the middle must not hold a worker for long.
constexpr std::chrono::seconds kTimeout{10};

http::ClientRequest make(std::string method, const std::string& bucket, const std::string& key = {},
                         const std::string& query = {}) {
  http::ClientRequest request;
  request.method = std::move(method);
  request.target = "/" + uriEncode(bucket);
  if (!key.empty()) request.target += "/" + uriEncode(key, Slash::keep);
  if (!query.empty()) request.target += "?" + query;
  request.timeout = kTimeout;
  return request;
}

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

Reply::Kind kindOf(int status) {
  if (status >= 200 && status < 300) return Reply::Kind::done;
  if (status == 404) return Reply::Kind::absent;
  if (status == 409 || status == 412) return Reply::Kind::refused;
  if (status == 503 || status == 429) return Reply::Kind::again;
  return status >= 500 ? Reply::Kind::unknown : Reply::Kind::wrong;
}

/// "503 SlowDown: Please reduce your request rate."
std::string said(int status, BytesView body) {
  std::string out = std::to_string(status);
  pugi::xml_document document;
  if (!body.empty() && document.load_buffer(body.data(), body.size())) {
    const auto error = document.child("Error");
    if (error) out.append(" ").append(error.child_value("Code")).append(": ").append(error.child_value("Message"));
  }
  return out;
}

}  // namespace

std::string nameOf(const http::Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Result<Listing> parseListing(BytesView xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return fail(Errc::invalid, "a listing is not XML");
  const auto root = document.child("ListBucketResult");
  if (!root) return fail(Errc::invalid, "a listing lacks ListBucketResult");
  Listing out;
  for (const auto& item : root.children("Contents"))
    out.items.push_back({item.child_value("Key"), unquoted(item.child_value("ETag"))});
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    out.next = root.child_value("NextContinuationToken");
    if (out.next.empty()) return fail(Errc::invalid, "a truncated listing says not how to go on");
  }
  return out;
}

Task<Reply> S3Client::send(http::ClientRequest request) {
  signer_.sign(request, name_, clock_.now());
  auto response = co_await client_.request(endpoint_, std::move(request));
  Reply reply;
  if (!response) {
    reply.why = response.error().message;
    co_return reply;
  }
  reply.kind = kindOf(response->status);
  if (reply.kind != Reply::Kind::done) reply.why = name_ + " answered " + said(response->status, response->body);
  if (const auto etag = response->headers.find("ETag")) reply.etag = unquoted(*etag);
  reply.body = std::move(response->body);
  co_return reply;
}

Task<Reply> S3Client::createBucket(std::string bucket) {
  co_return co_await send(make("PUT", bucket));
}

Task<Reply> S3Client::headBucket(std::string bucket) {
  co_return co_await send(make("HEAD", bucket));
}

Task<Reply> S3Client::deleteBucket(std::string bucket) {
  co_return co_await send(make("DELETE", bucket));
}

Task<Reply> S3Client::put(std::string bucket, std::string key, std::string body, bool onlyIfAbsent) {
  http::ClientRequest request = make("PUT", bucket, key);
  request.body = toBytes(asBytes(body));
  if (onlyIfAbsent) request.headers.add("If-None-Match", "*");
  co_return co_await send(std::move(request));
}

Task<Reply> S3Client::get(std::string bucket, std::string key) {
  co_return co_await send(make("GET", bucket, key));
}

Task<Reply> S3Client::list(std::string bucket, std::string prefix, std::string continuation, Listing& out) {
  std::string query = "list-type=2&prefix=" + uriEncode(prefix);
  if (!continuation.empty()) query += "&continuation-token=" + uriEncode(continuation);
  Reply reply = co_await send(make("GET", bucket, {}, query));
  if (reply.kind != Reply::Kind::done) co_return reply;
  auto listing = parseListing(reply.body);
  if (listing) {
    out = std::move(*listing);
  } else {
    reply.kind = Reply::Kind::wrong;
    reply.why = name_ + ": " + listing.error().message;
  }
  co_return reply;
}

Task<Reply> S3Client::deleteKeys(std::string bucket, std::vector<std::string> keys) {
  std::string xml = "<Delete><Quiet>true</Quiet>";
  for (const std::string& key : keys) xml += "<Object><Key>" + key + "</Key></Object>";
  xml += "</Delete>";
  http::ClientRequest request = make("POST", bucket, {}, "delete=");
  request.body = toBytes(asBytes(xml));
  request.headers.add("Content-MD5", base64(digest(DigestAlgorithm::md5, request.body)));
  request.timeout = std::chrono::seconds(60);
  co_return co_await send(std::move(request));
}

}  // namespace cairn::drill
