// Whether what a credential allows covers an operation.
//
// Contract: pure, any thread. A caller without a scope may do all that the owner may. What depends on a body (which
// keys a DeleteObjects names) is asked of mayDelete() by the handler. Refusals are AccessDenied and name what is
// missing. Under a grant buckets are neither made, deleted,
// opened nor closed.
#pragma once

#include "daemon/auth/authenticator.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

/// Who has no credentials does not choose the headers of the answer.
inline constexpr std::string_view kChooses = "response-* parameters ask for a request with credentials";

Answer<void> permit(const auth::Caller& caller, const Operation& operation);
Answer<void> mayDelete(const auth::Caller& caller, const BucketName& bucket, std::string_view key);

}  // namespace cairn::s3
