// Policies in IAM's language, of sessions and of buckets, as far as a scope can say the same.
//
// Contract: pure, any thread. scopeOfPolicy() gives a scope that allows what the policy allows: never more but for what
// docs/formats/session.md lists (what goes with an operation of ours). Anything that it cannot express is Errc::invalid
// with what and why, for the client: no policy is half understood. `text` is at most kMaxPolicyBytes, the caller's to
// check. openedBy() gives what a bucket's policy opens to everybody, and takes nothing but Allow, everybody as
// Principal, s3:GetObject and s3:ListBucket, on that bucket and on all keys in it with a prefix. Source: "IAM JSON
// policy elements reference" and "Actions, resources, and condition keys for Amazon S3".
#pragma once

#include <string_view>

#include "common/identity/scope.h"

namespace cairn::s3 {

inline constexpr std::size_t kMaxPolicyBytes = 2048;  ///< AWS has the same

Result<identity::Scope> scopeOfPolicy(std::string_view text);
Result<identity::Scope> openedBy(std::string_view text, std::string_view bucket);

}  // namespace cairn::s3
