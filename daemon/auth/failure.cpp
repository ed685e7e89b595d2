#include "daemon/auth/failure.h"

#include <stdexcept>

namespace cairn::auth {
namespace {

struct Row {
  std::string_view code;
  int status;
};

Row row(AuthFailure failure) {
  switch (failure) {
    case AuthFailure::access_denied:
      return {"AccessDenied", 403};
    case AuthFailure::invalid_access_key_id:
      return {"InvalidAccessKeyId", 403};
    case AuthFailure::signature_does_not_match:
      return {"SignatureDoesNotMatch", 403};
    case AuthFailure::request_time_too_skewed:
      return {"RequestTimeTooSkewed", 403};
    case AuthFailure::authorization_header_malformed:
      return {"AuthorizationHeaderMalformed", 400};
    case AuthFailure::authorization_query_parameters:
      return {"AuthorizationQueryParametersError", 400};
    case AuthFailure::expired_token:
      return {"ExpiredToken", 400};
    case AuthFailure::invalid_token:
      return {"InvalidToken", 400};
    case AuthFailure::content_sha256_mismatch:
      return {"XAmzContentSHA256Mismatch", 400};
    case AuthFailure::missing_security_header:
      return {"MissingSecurityHeader", 400};
    case AuthFailure::missing_content_length:
      return {"MissingContentLength", 411};
    case AuthFailure::invalid_request:
      return {"InvalidRequest", 400};
    case AuthFailure::invalid_argument:
      return {"InvalidArgument", 400};
    case AuthFailure::invalid_uri:
      return {"InvalidURI", 400};
    case AuthFailure::incomplete_body:
      return {"IncompleteBody", 400};
    case AuthFailure::malformed_trailer:
      return {"MalformedTrailerError", 400};
    case AuthFailure::unavailable:
      return {"ServiceUnavailable", 503};
    case AuthFailure::token_refused:
      return {"InvalidToken", 403};
    case AuthFailure::token_expired:
      return {"ExpiredToken", 403};
  }
  return {"InternalError", 500};
}

}  // namespace

std::string_view s3Code(AuthFailure failure) {
  return row(failure).code;
}

int httpStatus(AuthFailure failure) {
  return row(failure).status;
}

AuthError stale() {
  return refuse(AuthFailure::unavailable, "This master cannot learn at the moment what is good; try again.");
}

void throw_exception_from_error(const AuthError& e, const boost::source_location&) {
  throw std::runtime_error(e.message);
}

}  // namespace cairn::auth
