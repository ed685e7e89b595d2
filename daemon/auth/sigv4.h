// The parts of AWS Signature Version 4, for service s3 unless said otherwise: what a signed request states, and what
// its signature covers.
//
// Contract: pure, any thread. parseHeaderForm() and parseQueryForm() check form only (fields, dates, scope, 64 hex
// digits), not whether anything is true; they answer with the S3 error that fits the form. Strings they return are
// owned. Source: "Signature Calculations for the Authorization Header" and "Authenticating Requests: Using Query
// Parameters", Amazon S3 API reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/auth/authenticator.h"
#include "daemon/auth/uri.h"

namespace cairn::auth {

struct SignedClaims {
  bool presigned = false;
  std::string accessKey;
  std::string date;  ///< 20130524
  std::string region;
  std::string timestamp;         ///< 20130524T000000Z
  std::int64_t signedAt = 0;     ///< seconds since 1970
  std::int64_t validFor = 0;     ///< presigned only, seconds
  std::string signedHeaderList;  ///< as sent: a;b;c
  std::vector<std::string> signedHeaders;
  std::string signature;  ///< 64 lower-case hex digits, or whatever came (then it matches nothing)
  std::string payloadHash;

  std::string service = "s3";

  std::string scope() const { return date + "/" + region + "/" + service + "/aws4_request"; }
  bool signs(std::string_view lowerCaseName) const;
};

/// 20130524T000000Z, strictly; seconds since 1970.
std::optional<std::int64_t> parseIsoBasic(std::string_view text);
/// "Fri, 24 May 2013 00:00:00 GMT" (RFC 7231's preferred form, +0000 too).
std::optional<std::int64_t> parseHttpDate(std::string_view text);
std::string formatIsoBasic(std::int64_t seconds);

/// For another service than s3 the payload's hash is not among the headers: the caller sets it.
AuthResult<SignedClaims> parseHeaderForm(const RequestView& request, std::string_view authorization,
                                         std::string_view service = "s3");
AuthResult<SignedClaims> parseQueryForm(const RequestView& request, const std::vector<QueryPair>& query);

/// The block of canonical headers, one line each, and an error when a signed one is missing from the request.
AuthResult<std::string> canonicalHeaders(const RequestView& request, const SignedClaims& claims);

std::string stringToSign(std::string_view timestamp, std::string_view scope, std::string_view canonicalRequest);

Sha256Digest signingKey(std::string_view secret, std::string_view date, std::string_view region,
                        std::string_view service = "s3");

}  // namespace cairn::auth
