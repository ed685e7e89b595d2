// Why a request or its body was refused, in S3's own words.
//
// Contract: values, any thread. Each AuthFailure is one S3 error code with one HTTP status. `message` is for the
// client: it helps an honest one (how far its clock is off, which header is missing) and never holds a secret, a
// signature that would have been right, or the existence of anything but the access key the client itself named.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::auth {

enum class AuthFailure : std::uint8_t {
  access_denied,
  invalid_access_key_id,
  signature_does_not_match,
  request_time_too_skewed,
  authorization_header_malformed,
  authorization_query_parameters,
  expired_token,
  invalid_token,
  content_sha256_mismatch,
  missing_security_header,
  missing_content_length,
  invalid_request,
  invalid_argument,
  invalid_uri,
  incomplete_body,
  malformed_trailer,
  unavailable,    ///< it cannot be told now; the client may try again
  token_refused,  ///< a wallet's token or a JWT: InvalidToken, as 403
  token_expired,  ///< the same, ExpiredToken
};

/// "SignatureDoesNotMatch" and so on.
std::string_view s3Code(AuthFailure failure);
/// 400, 403, 411 or 503.
int httpStatus(AuthFailure failure);

struct AuthError {
  AuthFailure failure = AuthFailure::access_denied;
  std::string message;
};

[[noreturn]] void throw_exception_from_error(const AuthError& e, const boost::source_location&);

template <class T>
using AuthResult = boost::system::result<T, AuthError>;
using AuthStatus = AuthResult<void>;

inline AuthError refuse(AuthFailure failure, std::string message) {
  return AuthError{failure, std::move(message)};
}

/// While what this master knows of the registry is older than two seconds.
AuthError stale();

}  // namespace cairn::auth
