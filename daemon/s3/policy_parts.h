// The statements of a session's or a bucket's policy, read one by one.
//
// Contract: internal to daemon/s3 (policy.h); pure. readStatements() knows each member, action, resource and condition
// that it gives, and refuses (Errc::invalid, in words for the client) every other.
#pragma once

#include <string>
#include <vector>

#include "common/identity/scope.h"

namespace cairn::s3::policy {

/// One of S3's actions, by what it lets do.
struct Action {
  std::string name;                ///< "s3:GetObject"
  identity::Operations onKeys;     ///< on keys under a resource with a '/'
  bool lists = false;              ///< on a bucket
  identity::Operations onBucket;   ///< making (write) and deleting it
  identity::Operations comesWith;  ///< allowed wherever this is; it adds nothing
  std::string mainAction;          ///< the action that gives that
};

struct Resource {
  std::string bucket, prefix;
  bool keys = false;          ///< what is under the prefix
  bool bucketItself = false;  ///< the bucket
};

struct Statement {
  std::vector<Action> actions;
  std::vector<Resource> resources;
  std::vector<std::string> listPrefixes;  ///< under which buckets may be listed; {""} without a condition
};

/// A session's policy has no Principal; a bucket's has everybody, and no Condition.
enum class Of : std::uint8_t { session, bucket };
Result<std::vector<Statement>> readStatements(std::string_view json, Of of);

}  // namespace cairn::s3::policy
