// What the tests of authentication share: the key of Amazon's examples, requests that own their text, a small signer.
//
// Contract: for tests only; single-threaded; everything owns what it holds. Requests are made from published vectors or
// by the code under test, the latter only where a mutation of the request must then fail.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/auth/authenticator.h"
#include "daemon/auth/body_receiver.h"
#include "daemon/auth/hmac.h"
#include "daemon/auth/sigv4.h"

namespace cairn::auth::testing {

inline constexpr const char* kId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr const char* kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline const Timestamp kMay2013{std::int64_t{1369353600} * 1000};  // 20130524T000000Z

struct Request {
  std::string method = "GET";
  std::string path = "/";
  std::string query{};
  std::vector<std::pair<std::string, std::string>> headers{};

  void set(const std::string& name, const std::string& value) {
    for (auto& [n, v] : headers)
      if (n == name) return void(v = value);
    headers.emplace_back(name, value);
  }
};

inline std::unique_ptr<Authenticator> authenticator(AuthConfig config = {}) {
  auto keys = StaticCredentials::make({{kId, kSecret, OwnerId("alice"), true}, {"OFF", "s", OwnerId("bob"), false}});
  return std::make_unique<Authenticator>(std::move(config), std::make_shared<StaticCredentials>(std::move(*keys)));
}

inline AuthResult<Caller> authenticate(const Authenticator& auth, const Request& r, Timestamp now) {
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : r.headers) headers.push_back({name, value});
  return auth.authenticate({r.method, r.path, r.query, headers}, now);
}

/// "ok" or the S3 code.
inline std::string outcome(const AuthResult<Caller>& result) {
  return result ? "ok" : std::string(s3Code(result.error().failure));
}

inline std::string authorization(const std::string& signedHeaders, const std::string& signature) {
  return std::string("AWS4-HMAC-SHA256 Credential=") + kId +
         "/20130524/us-east-1/s3/aws4_request,SignedHeaders=" + signedHeaders + ",Signature=" + signature;
}

/// Feeds `body` in pieces cut at `cuts` and collects what comes out; "ok" or the S3 code.
inline std::string receive(const BodyPlan& plan, const std::string& body, const std::vector<std::size_t>& cuts,
                           std::string* out = nullptr, Trailers* trailers = nullptr) {
  BodyReceiver receiver(plan);
  std::string got;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t to = i < cuts.size() ? cuts[i] : body.size();
    const std::string piece = body.substr(from, to - from);
    from = to;
    std::vector<BytesView> views;
    const auto fed = receiver.feed(asBytes(piece), views);
    for (const BytesView v : views) got.append(asText(v));
    if (!fed) {
      const auto end = receiver.finish();
      return !end && end.error().failure == fed.error().failure ? std::string(s3Code(fed.error().failure))
                                                                : "error is not sticky";
    }
  }
  const auto end = receiver.finish();
  if (!end) return std::string(s3Code(end.error().failure));
  if (out != nullptr) *out = got;
  if (trailers != nullptr) *trailers = *end;
  return "ok";
}

}  // namespace cairn::auth::testing
