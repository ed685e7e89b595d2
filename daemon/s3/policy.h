// A session policy in IAM's language, as far as a scope can say the same.
//
// Contract: pure, any thread. scopeOfPolicy() gives a scope that allows what the policy allows: never more but for what
// docs/formats/session.md lists (what goes with an operation of ours). Anything that it cannot express is Errc::invalid
// with what and why, for the client: no policy is half understood. `text` is at most kMaxPolicyBytes, the caller's to
// check. Source: "IAM JSON policy elements reference" and "Actions, resources, and condition keys for Amazon S3".
#pragma once

#include <string_view>

#include "common/identity/scope.h"

namespace cairn::s3 {

inline constexpr std::size_t kMaxPolicyBytes = 2048;  ///< AWS has the same

Result<identity::Scope> scopeOfPolicy(std::string_view text);

}  // namespace cairn::s3
