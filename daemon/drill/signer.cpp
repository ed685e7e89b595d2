#include "daemon/drill/signer.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/cid/sha256.h"
#include "daemon/auth/hmac.h"
#include "daemon/auth/sigv4.h"

namespace cairn::drill {
namespace {

std::vector<std::string> namesToSign(const http::Headers& headers) {
  std::vector<std::string> names;
  for (const http::Header field : headers) {
    std::string name = lowered(field.name);
    if (name == "host" || name == "content-md5" || name.starts_with("x-amz-") || name.starts_with("x-cairn-"))
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ";").append(name);
  return out;
}

std::string canonicalRequest(const http::ClientRequest& request, const auth::SignedClaims& claims) {
  std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view query = mark < target.size() ? target.substr(mark + 1) : std::string_view();
  const auto path = auth::canonicalPath(target.substr(0, mark));
  const auto parameters = parseQuery(query);
  CAIRN_ASSERT(path && parameters);
  std::vector<auth::HeaderView> fields;
  for (const http::Header field : request.headers) fields.push_back({field.name, field.value});
  const auto headers = auth::canonicalHeaders({request.method, target.substr(0, mark), query, fields}, claims);
  CAIRN_ASSERT(headers.has_value());
  return request.method + "\n" + *path + "\n" + auth::canonicalQuery(*parameters, false) + "\n" + *headers + "\n" +
         claims.signedHeaderList + "\n" + claims.payloadHash;
}

}  // namespace

void Signer::sign(http::ClientRequest& request, const std::string& host, Timestamp now) const {
  auth::SignedClaims claims;
  claims.timestamp = auth::formatIsoBasic(now.get() / 1000);
  claims.date = claims.timestamp.substr(0, 8);
  claims.region = credentials_.region;
  claims.payloadHash = request.source ? "UNSIGNED-PAYLOAD" : toHex(sha256(request.body));
  request.headers.set("Host", host);
  request.headers.set("x-amz-date", claims.timestamp);
  request.headers.set("x-amz-content-sha256", claims.payloadHash);
  claims.signedHeaders = namesToSign(request.headers);
  claims.signedHeaderList = joined(claims.signedHeaders);
  const std::string text = auth::stringToSign(claims.timestamp, claims.scope(), canonicalRequest(request, claims));
  const auto key = auth::signingKey(credentials_.secret, claims.date, claims.region);
  const std::string signature = toHex(auth::hmacSha256(key, text));
  request.headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials_.accessKey + "/" + claims.scope() +
                                           ", SignedHeaders=" + claims.signedHeaderList + ", Signature=" + signature);
}

}  // namespace cairn::drill
