#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "common/base/text.h"
#include "daemon/auth/sigv4.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kMaxSignedHeaders = 128;

std::optional<std::int64_t> seconds(int year, int month, int day, int hour, int minute, int second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days(date).time_since_epoch().count() * std::int64_t{86400} + hour * 3600 + minute * 60 + second;
}

/// `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// `<id>/<date>/<region>/<service>/aws4_request`; an id may hold '/', so it is read from the right.
std::optional<std::string> readCredential(std::string_view credential, SignedClaims& claims) {
  std::array<std::string_view, 4> tail;
  for (std::size_t i = 4; i-- > 0;) {
    const std::size_t slash = credential.rfind('/');
    if (slash == std::string_view::npos)
      return "The credential must have the form <access key>/<date>/<region>/" + claims.service + "/aws4_request.";
    tail[i] = credential.substr(slash + 1);
    credential = credential.substr(0, slash);
  }
  if (credential.empty()) return "The credential names no access key.";
  if (tail[0].size() != 8 || digits(tail[0], 0, 8) < 0) return "The credential's date must be YYYYMMDD.";
  if (tail[1].empty()) return "The credential names no region.";
  if (tail[2] != claims.service) return "The credential's service must be " + claims.service + ".";
  if (tail[3] != "aws4_request") return "The credential must end in aws4_request.";
  claims.accessKey = credential;
  claims.date = tail[0];
  claims.region = tail[1];
  return std::nullopt;
}

std::optional<std::string> readSignedHeaders(std::string_view list, SignedClaims& claims) {
  claims.signedHeaderList = list;
  while (true) {
    const std::size_t end = list.find(';');
    const std::string_view name = list.substr(0, end);
    const auto upper = [](char c) { return (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) <= ' '; };
    if (name.empty() || std::any_of(name.begin(), name.end(), upper))
      return "SignedHeaders must be lower-case names joined by ';'.";
    if (claims.signs(name)) return "SignedHeaders names a header twice.";
    if (claims.signedHeaders.size() == kMaxSignedHeaders) return "SignedHeaders names too many headers.";
    claims.signedHeaders.emplace_back(name);
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  if (!claims.signs("host")) return "The host header must be signed.";
  return std::nullopt;
}

/// Three `name=value` fields in any order, each once, separated by commas and spaces.
std::optional<std::string> readFields(std::string_view fields, std::array<std::optional<std::string_view>, 3>& values) {
  constexpr std::array<std::string_view, 3> kNames{"Credential", "SignedHeaders", "Signature"};
  while (!fields.empty()) {
    const std::size_t comma = std::min(fields.find(','), fields.size());
    const std::string_view field = trim(fields.substr(0, comma));
    fields.remove_prefix(std::min(comma + 1, fields.size()));
    const std::size_t equals = field.find('=');
    const auto known = std::find(kNames.begin(), kNames.end(), field.substr(0, equals));
    if (equals == std::string_view::npos || known == kNames.end())
      return "The authorization header holds something other than Credential, SignedHeaders and Signature.";
    auto& value = values[static_cast<std::size_t>(known - kNames.begin())];
    if (value) return "The authorization header states " + std::string(*known) + " twice.";
    value = field.substr(equals + 1);
  }
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (!values[i]) return "The authorization header lacks " + std::string(kNames[i]) + ".";
  return std::nullopt;
}

std::optional<std::string> readDate(const RequestView& request, SignedClaims& claims) {
  std::optional<std::int64_t> at;
  if (const auto amz = request.header("x-amz-date")) {
    at = parseIsoBasic(trim(*amz));
    if (!at) at = parseHttpDate(trim(*amz));
  } else if (const auto date = request.header("date")) {
    at = parseIsoBasic(trim(*date));
    if (!at) at = parseHttpDate(trim(*date));
  }
  if (!at) return "AWS authentication requires a valid Date or x-amz-date header";
  claims.signedAt = *at;
  claims.timestamp = formatIsoBasic(*at);
  return std::nullopt;
}

}  // namespace

bool SignedClaims::signs(std::string_view lowerCaseName) const {
  return std::find(signedHeaders.begin(), signedHeaders.end(), lowerCaseName) != signedHeaders.end();
}

std::optional<std::int64_t> parseIsoBasic(std::string_view t) {
  if (t.size() != 16 || t[8] != 'T' || t[15] != 'Z') return std::nullopt;
  if (digits(t, 0, 8) < 0 || digits(t, 9, 6) < 0) return std::nullopt;
  return seconds(digits(t, 0, 4), digits(t, 4, 2), digits(t, 6, 2), digits(t, 9, 2), digits(t, 11, 2),
                 digits(t, 13, 2));
}

std::optional<std::int64_t> parseHttpDate(std::string_view t) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (t.size() < 29 || t[3] != ',' || t[4] != ' ' || t[7] != ' ' || t[11] != ' ' || t[16] != ' ' || t[19] != ':' ||
      t[22] != ':')
    return std::nullopt;
  if (t.substr(25) != " GMT" && t.substr(25) != " +0000") return std::nullopt;
  const std::size_t month = kMonths.find(t.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const int day = digits(t, 5, 2), year = digits(t, 12, 4);
  const int hour = digits(t, 17, 2), minute = digits(t, 20, 2), second = digits(t, 23, 2);
  if (day < 0 || year < 0 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  return seconds(year, static_cast<int>(month / 3) + 1, day, hour, minute, second);
}

std::string formatIsoBasic(std::int64_t at) {
  using namespace std::chrono;
  const sys_seconds when{std::chrono::seconds(at)};
  const auto midnight = floor<days>(when);
  const year_month_day date(midnight);
  const hh_mm_ss time(when - midnight);
  std::array<char, 40> out;
  const int n = std::snprintf(out.data(), out.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                              static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                              static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                              static_cast<int>(time.seconds().count()));
  return {out.data(), static_cast<std::size_t>(n)};
}

AuthResult<SignedClaims> parseHeaderForm(const RequestView& request, std::string_view authorization,
                                         std::string_view service) {
  constexpr auto kMalformed = AuthFailure::authorization_header_malformed;
  SignedClaims claims;
  claims.service = service;
  std::array<std::optional<std::string_view>, 3> values;
  if (auto wrong = readFields(authorization.substr(kAlgorithm.size()), values)) return refuse(kMalformed, *wrong);
  if (auto wrong = readCredential(*values[0], claims)) return refuse(kMalformed, *wrong);
  if (auto wrong = readSignedHeaders(*values[1], claims)) return refuse(kMalformed, *wrong);
  claims.signature = *values[2];
  if (auto wrong = readDate(request, claims)) return refuse(AuthFailure::access_denied, *wrong);
  if (!claims.timestamp.starts_with(claims.date))
    return refuse(kMalformed,
                  "The credential's date " + claims.date + " is not the request's, " + claims.timestamp + ".");
  if (service != "s3") return claims;
  const auto hash = request.header("x-amz-content-sha256");
  if (!hash)
    return refuse(AuthFailure::missing_security_header,
                  "Missing required header for this request: x-amz-content-sha256");
  claims.payloadHash = trim(*hash);
  return claims;
}

AuthResult<SignedClaims> parseQueryForm(const RequestView& request, const std::vector<QueryPair>& query) {
  constexpr auto kMalformed = AuthFailure::authorization_query_parameters;
  constexpr std::array<std::string_view, 7> kNames{"X-Amz-Algorithm",     "X-Amz-Credential",    "X-Amz-Date",
                                                   "X-Amz-Expires",       "X-Amz-SignedHeaders", "X-Amz-Signature",
                                                   "X-Amz-Content-Sha256"};
  std::array<const std::string*, 7> values{};
  for (const QueryPair& p : query) {
    const auto known = std::find(kNames.begin(), kNames.end(), p.name);
    if (known == kNames.end()) continue;
    auto& value = values[static_cast<std::size_t>(known - kNames.begin())];
    if (value != nullptr) return refuse(kMalformed, "The query states " + p.name + " twice.");
    value = &p.value;
  }
  for (std::size_t i = 0; i < 6; ++i)
    if (values[i] == nullptr)
      return refuse(kMalformed,
                    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters; " +
                        std::string(kNames[i]) + " is missing.");
  SignedClaims claims;
  claims.presigned = true;
  if (*values[0] != kAlgorithm) return refuse(kMalformed, "X-Amz-Algorithm only supports AWS4-HMAC-SHA256.");
  if (auto wrong = readCredential(*values[1], claims)) return refuse(kMalformed, *wrong);
  const auto at = parseIsoBasic(*values[2]);
  if (!at) return refuse(kMalformed, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\".");
  claims.signedAt = *at;
  claims.timestamp = *values[2];
  if (!claims.timestamp.starts_with(claims.date))
    return refuse(kMalformed, "The credential's date is not that of X-Amz-Date.");
  const auto expires = parseDecimal(*values[3]);
  if (!expires) return refuse(kMalformed, "X-Amz-Expires should be a number of seconds.");
  if (*expires < 1 || *expires > 604800)
    return refuse(kMalformed, "X-Amz-Expires must be between 1 second and a week (604800 seconds).");
  claims.validFor = static_cast<std::int64_t>(*expires);
  if (auto wrong = readSignedHeaders(*values[4], claims)) return refuse(kMalformed, *wrong);
  claims.signature = *values[5];
  claims.payloadHash = "UNSIGNED-PAYLOAD";
  if (values[6] != nullptr) {
    claims.payloadHash = *values[6];
  } else if (const auto hash = request.header("x-amz-content-sha256"); hash && claims.signs("x-amz-content-sha256")) {
    claims.payloadHash = trim(*hash);
  }
  return claims;
}

}  // namespace cairn::auth
