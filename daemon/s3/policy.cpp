#include "daemon/s3/policy.h"

#include <map>

#include "daemon/s3/policy_parts.h"

namespace cairn::s3 {
namespace {

using identity::kAnyBucket;
using identity::Operation;
using identity::Operations;
using identity::ScopeEntry;

/// What the statements allow, put together, before it becomes entries of a scope.
class Allowed {
 public:
  Status add(const policy::Statement& statement);
  Result<identity::Scope> scope() const;

 private:
  using Place = std::pair<std::string, std::string>;  ///< bucket and prefix
  Operations at(const std::map<Place, Operations>& in, const Place& place) const {
    const auto found = in.find(place);
    return found == in.end() ? Operations() : found->second;
  }
  /// Whether the action that `companion` comes with is allowed on all of `place`.
  bool accompanied(const Place& place, const policy::Action& companion) const;

  std::map<Place, Operations> keys_;
  std::map<Place, Operations> lists_;
  std::map<std::string, Operations> buckets_;  ///< write is making the bucket, delete is deleting it
  std::vector<std::pair<Place, policy::Action>> companions_;
};

Status Allowed::add(const policy::Statement& statement) {
  for (const policy::Action& action : statement.actions) {
    bool used = false;
    for (const policy::Resource& resource : statement.resources) {
      const Place place{resource.bucket, resource.prefix};
      if (resource.keys && !action.onKeys.empty()) {
        keys_[place] |= action.onKeys;
        used = true;
      }
      if (resource.bucketItself && action.lists) {
        for (const std::string& prefix : statement.listPrefixes) lists_[{resource.bucket, prefix}] |= {Operation::list};
        used = true;
      }
      if (resource.bucketItself && !action.onBucket.empty()) {
        buckets_[resource.bucket] |= action.onBucket;
        used = true;
      }
      if (!action.comesWith.empty() &&
          (action.comesWith.has(Operation::list) ? resource.bucketItself : resource.keys)) {
        companions_.emplace_back(place, action);
        used = true;
      }
    }
    if (!used)
      return fail(Errc::invalid,
                  action.name + " has no effect on the statement's resources: name " +
                      (action.lists || !action.onBucket.empty() ? "arn:aws:s3:::BUCKET" : "arn:aws:s3:::BUCKET/*"));
  }
  return {};
}

bool Allowed::accompanied(const Place& place, const policy::Action& companion) const {
  const bool listing = companion.comesWith.has(Operation::list);
  for (const auto& [where, operations] : listing ? lists_ : keys_) {
    const bool within = listing || place.second.starts_with(where.second);
    if ((where.first == kAnyBucket || where.first == place.first) && within && operations.includes(companion.comesWith))
      return true;
  }
  return false;
}

Result<identity::Scope> Allowed::scope() const {
  for (const auto& [place, action] : companions_)
    if (!accompanied(place, action))
      return fail(Errc::invalid, action.name + " comes with " + action.mainAction + " on the same resource, not alone");
  std::map<Place, Operations> all = keys_;
  for (const auto& [place, operations] : lists_) all[place] |= operations;
  for (const auto& [bucket, operations] : buckets_)
    if (!at(keys_, {bucket, ""}).includes(operations))
      return fail(
          Errc::invalid,
          "s3:CreateBucket needs s3:PutObject, and s3:DeleteBucket s3:DeleteObject, on the whole of the same bucket");
  std::vector<ScopeEntry> entries;
  for (const auto& [place, operations] : all) {
    Operations onKeys;
    if (place.second.empty()) {
      const auto bucket = buckets_.find(place.first);
      const Operations itself = bucket == buckets_.end() ? Operations() : bucket->second;
      onKeys = operations.with({Operation::write, Operation::remove}).without(itself);
    }
    if (const Operations rest = operations.without(onKeys); !rest.empty())
      entries.push_back({place.first, place.second, rest});
    if (!onKeys.empty()) entries.push_back({place.first, place.second, onKeys, true});
  }
  return identity::Scope::make(std::move(entries));
}

}  // namespace

Result<identity::Scope> scopeOfPolicy(std::string_view text) {
  auto statements = policy::readStatements(text, policy::Of::session);
  if (!statements) return statements.error();
  Allowed allowed;
  for (const policy::Statement& statement : *statements)
    if (auto s = allowed.add(statement); !s) return s.error();
  return allowed.scope();
}

Result<identity::Scope> openedBy(std::string_view text, std::string_view bucket) {
  if (text.size() > kMaxPolicyBytes)
    return fail(Errc::invalid, "it has more than " + std::to_string(kMaxPolicyBytes) + " bytes");
  auto statements = policy::readStatements(text, policy::Of::bucket);
  if (!statements) return statements.error();
  Allowed allowed;
  for (const policy::Statement& statement : *statements) {
    for (const policy::Action& action : statement.actions)
      if (action.name != "s3:GetObject" && action.name != "s3:ListBucket")
        return fail(Errc::invalid, action.name + " is not opened to everybody: s3:GetObject and s3:ListBucket are");
    for (const policy::Resource& resource : statement.resources)
      if (resource.bucket != bucket)
        return fail(Errc::invalid, "a resource is not of this bucket: name arn:aws:s3:::" + std::string(bucket) +
                                       " or arn:aws:s3:::" + std::string(bucket) + "/PREFIX*");
    if (auto s = allowed.add(statement); !s) return s.error();
  }
  return allowed.scope();
}

}  // namespace cairn::s3
