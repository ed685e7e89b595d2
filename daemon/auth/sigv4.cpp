#include "daemon/auth/sigv4.h"

#include "common/base/text.h"
#include "common/cid/sha256.h"
#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

/// Appends a value with its ends trimmed and runs of blanks made one space.
void appendCollapsed(std::string& to, std::string_view value) {
  value = trim(value);
  bool blank = false;
  for (const char c : value) {
    if (isBlank(c)) {
      blank = true;
      continue;
    }
    if (blank) to += ' ';
    blank = false;
    to += c;
  }
}

}  // namespace

std::optional<std::string_view> RequestView::header(std::string_view name) const {
  for (const HeaderView& h : headers)
    if (sameIgnoringCase(h.name, name)) return h.value;
  return std::nullopt;
}

AuthResult<std::string> canonicalHeaders(const RequestView& request, const SignedClaims& claims) {
  std::string out;
  for (const std::string& name : claims.signedHeaders) {
    out.append(name).append(1, ':');
    bool found = false;
    for (const HeaderView& h : request.headers) {
      if (!sameIgnoringCase(h.name, name)) continue;
      if (found) out += ',';
      found = true;
      appendCollapsed(out, h.value);
    }
    if (!found && name == "expect") {
      out += "100-continue";  // proxies answer it and take it out; this is the only value it has
    } else if (!found) {
      return refuse(AuthFailure::signature_does_not_match, "The signed header " + name + " is not in the request.");
    }
    out += '\n';
  }
  return out;
}

std::string stringToSign(std::string_view timestamp, std::string_view scope, std::string_view canonicalRequest) {
  std::string out = "AWS4-HMAC-SHA256\n";
  out.append(timestamp).append(1, '\n').append(scope).append(1, '\n').append(toHex(sha256(asBytes(canonicalRequest))));
  return out;
}

Sha256Digest signingKey(std::string_view secret, std::string_view date, std::string_view region,
                        std::string_view service) {
  const std::string first = "AWS4" + std::string(secret);
  const Sha256Digest ofDate = hmacSha256(asBytes(first), date);
  const Sha256Digest ofRegion = hmacSha256(ofDate, region);
  const Sha256Digest ofService = hmacSha256(ofRegion, service);
  return hmacSha256(ofService, std::string_view("aws4_request"));
}

}  // namespace cairn::auth
