#include "daemon/auth/jwt.h"

#include <algorithm>
#include <cmath>

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/digest/base64.h"
#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

constexpr std::int64_t kSkew = 300;
constexpr double kLastDate = 253402300800.0;  // the year 10000
constexpr std::size_t kMaxSubject = 256;

AuthError invalid(std::string_view what) {
  return refuse(AuthFailure::token_refused, "The provided token is not valid: " + std::string(what));
}

bool isText(const Json* value) {
  return value != nullptr && value->kind == Json::Kind::text;
}

std::optional<Json> parsePart(std::string_view encoded) {
  const auto bytes = fromBase64Url(encoded);
  if (!bytes) return std::nullopt;
  auto json = parseJson(asText(*bytes));
  if (!json || json->kind != Json::Kind::object) return std::nullopt;
  return json;
}

AuthStatus checkHeader(const Json& header) {
  const Json* alg = header.find("alg");
  if (!isText(alg) || alg->text != "HS256") return invalid("its alg must be HS256.");
  const Json* typ = header.find("typ");
  if (typ != nullptr && (!isText(typ) || !sameIgnoringCase(typ->text, "JWT"))) return invalid("its typ must be JWT.");
  if (header.find("crit") != nullptr) return invalid("its crit header asks for an extension that does not exist here.");
  const Json* kid = header.find("kid");
  if (kid != nullptr && !isText(kid)) return invalid("its kid is not a string.");
  return {};
}

/// `signedText` is what `signature` is of.
AuthStatus checkSignature(const Json* kid, std::string_view signedText, BytesView signature, const JwtKeys& keys) {
  bool tried = false;
  for (const auto& some : {keys.own, keys.shared}) {
    for (const JwtKey& key : some) {
      if (kid != nullptr && !key.keyId.empty() && key.keyId != kid->text) continue;
      tried = true;
      if (sameSecret(hmacSha256(asBytes(key.secret.view()), signedText), signature)) return {};
    }
  }
  if (!keys.complete) return stale();
  return invalid(tried ? "its signature does not verify." : "its kid names a key that this server does not have.");
}

/// Seconds since 1970, a fraction dropped; nullopt when the claim is absent.
AuthResult<std::optional<std::int64_t>> date(const Json& claims, std::string_view name) {
  const Json* value = claims.find(name);
  if (value == nullptr) return std::optional<std::int64_t>();
  if (value->kind != Json::Kind::number || value->number < 0 || value->number > kLastDate)
    return invalid(std::string(name) + " is not a date in seconds since 1970.");
  return std::optional(static_cast<std::int64_t>(std::floor(value->number)));
}

AuthResult<std::optional<std::int64_t>> checkDates(const Json& claims, const JwtRules& rules, std::int64_t now) {
  auto expires = date(claims, "exp");
  if (!expires) return expires.error();
  if (!*expires && rules.requireExpiry) return invalid("it has no exp.");
  if (*expires && now >= **expires)
    return refuse(AuthFailure::token_expired,
                  "The provided token has expired " + std::to_string(now - **expires) + " s ago.");
  for (const std::string_view name : {"nbf", "iat"}) {
    const auto from = date(claims, name);
    if (!from) return from.error();
    if (*from && **from > now + kSkew)
      return invalid(std::string(name) + " is " + std::to_string(**from - now) + " s ahead of the server's clock.");
  }
  return *expires;
}

bool holdsAudience(const Json* aud, std::string_view wanted) {
  if (isText(aud)) return aud->text == wanted;
  if (aud == nullptr || aud->kind != Json::Kind::array) return false;
  return std::any_of(aud->items.begin(), aud->items.end(),
                     [&](const Json& item) { return isText(&item) && item.text == wanted; });
}

bool looksLikeAddress(std::string_view subject) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); };
  return subject.size() == 42 && subject[0] == '0' && lower(subject[1]) == 'x' &&
         std::all_of(subject.begin() + 2, subject.end(), hex);
}

AuthResult<OwnerId> readSubject(const Json& claims, const JwtRules& rules) {
  const Json* sub = claims.find("sub");
  if (!isText(sub) || sub->text.empty()) return invalid("it names no subject (sub).");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (sub->text.size() > kMaxSubject || std::any_of(sub->text.begin(), sub->text.end(), control))
    return invalid("its subject is longer than 256 bytes or holds control characters.");
  // A wallet's buckets belong to its address, and only the wallet's own signature may claim that.
  if (looksLikeAddress(sub->text) && !rules.addressSubjects)
    return invalid("its subject looks like a wallet's address, which this server does not take from a JWT.");
  return OwnerId(sub->text);
}

}  // namespace

AuthResult<JwtIdentity> verifyJwt(std::string_view token, const JwtKeys& keys, const JwtRules& rules, Timestamp now) {
  if (keys.own.empty() && keys.shared.empty() && keys.complete)
    return refuse(AuthFailure::token_refused, "This server is not configured to accept JSON web tokens.");
  if (token.size() > kMaxJwtBytes) return invalid("it is longer than 8 KiB.");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return invalid("it does not have three parts.");
  const auto header = parsePart(token.substr(0, first));
  if (!header) return invalid("its header is not base64url of a JSON object.");
  if (auto good = checkHeader(*header); !good) return good.error();

  const auto signature = fromBase64Url(token.substr(second + 1));
  if (!signature) return invalid("its signature does not verify.");
  if (auto good = checkSignature(header->find("kid"), token.substr(0, second), *signature, keys); !good)
    return good.error();

  const auto claims = parsePart(token.substr(first + 1, second - first - 1));
  if (!claims) return invalid("its claims are not base64url of a JSON object.");
  auto expires = checkDates(*claims, rules, now.get() / 1000);
  if (!expires) return expires.error();
  if (rules.audience && !holdsAudience(claims->find("aud"), *rules.audience))
    return invalid("it is not for this server (aud).");
  if (rules.issuer && (!isText(claims->find("iss")) || claims->find("iss")->text != *rules.issuer))
    return invalid("its issuer (iss) is not trusted here.");
  auto owner = readSubject(*claims, rules);
  if (!owner) return owner.error();
  return JwtIdentity{std::move(*owner), *expires};
}

}  // namespace cairn::auth
