// From x-amz-content-sha256 and its companions to a BodyPlan.
//
// Contract: pure, any thread. `payloadHash` is what the signature covers; absent for callers without one. Errors:
// invalid_argument for a value that S3 does not know, missing_content_length without a valid
// x-amz-decoded-content-length where aws-chunked needs it, invalid_request for a malformed x-amz-trailer.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/auth/authenticator.h"

namespace cairn::auth {

AuthResult<BodyPlan> planBody(const RequestView& request, std::optional<std::string_view> payloadHash);

}  // namespace cairn::auth
