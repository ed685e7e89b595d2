#include "daemon/auth/signature_check.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/base/text.h"
#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

class Spellings {
 public:
  Spellings(std::string canonical, std::string asSent) : values_{std::move(canonical), std::move(asSent)} {
    count_ = values_[0] == values_[1] ? 1 : 2;
  }
  std::span<const std::string> all() const { return std::span(values_).first(count_); }

 private:
  std::array<std::string, 2> values_;
  std::size_t count_;
};

constexpr std::string_view kSignedPrefixes[] = {"x-amz-", "x-cairn-import", "x-cairn-object", "x-cairn-at"};

}  // namespace

AuthStatus checkAllSigned(const RequestView& request, const SignedClaims& claims) {
  for (const HeaderView& h : request.headers) {
    // Ours, too, that say by which objects the sender may do what he asks for, and which state of them he reads.
    const bool matters = std::ranges::any_of(kSignedPrefixes, [&h](std::string_view prefix) {
      return sameIgnoringCase(h.name.substr(0, prefix.size()), prefix);
    });
    if (!matters) continue;
    const std::string name = lowered(h.name);
    if (claims.signs(name) || name == "x-amz-date" || name == "x-amz-user-agent") continue;
    // In the header form the value itself is signed; in the presigned form only this value changes nothing.
    if (name == "x-amz-content-sha256" && (!claims.presigned || trim(h.value) == "UNSIGNED-PAYLOAD")) continue;
    return refuse(AuthFailure::access_denied,
                  "There were headers present in the request which were not signed: " + name);
  }
  return {};
}

AuthStatus checkSignature(const RequestView& request, const SignedClaims& claims, const std::vector<QueryPair>& query,
                          const Sha256Digest& key) {
  const auto headers = canonicalHeaders(request, claims);
  if (!headers) return headers.error();
  auto path = canonicalPath(request.rawPath);
  if (!path) return refuse(AuthFailure::invalid_uri, "The path holds a '%' that two hexadecimal digits do not follow.");
  const Spellings paths(std::move(*path), std::string(request.rawPath));
  const Spellings queries(canonicalQuery(query, false), canonicalQuery(query, true));
  const std::string scope = claims.scope();
  for (const std::string& p : paths.all()) {
    for (const std::string& q : queries.all()) {
      std::string canonical;
      canonical.reserve(request.method.size() + p.size() + q.size() + headers->size() + claims.signedHeaderList.size() +
                        80);
      canonical.append(request.method).append(1, '\n').append(p).append(1, '\n').append(q).append(1, '\n');
      canonical.append(*headers)
          .append(1, '\n')
          .append(claims.signedHeaderList)
          .append(1, '\n')
          .append(claims.payloadHash);
      if (sameSecret(toHex(hmacSha256(key, stringToSign(claims.timestamp, scope, canonical))), claims.signature))
        return {};
    }
  }
  return refuse(AuthFailure::signature_does_not_match,
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.");
}

}  // namespace cairn::auth
