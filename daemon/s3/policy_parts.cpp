#include "daemon/s3/policy_parts.h"

#include <algorithm>

#include "common/base/json.h"
#include "common/base/text.h"
#include "daemon/s3/names.h"

namespace cairn::s3::policy {
namespace {

using enum identity::Operation;
using identity::kAnyBucket;
using Kind = Json::Kind;

constexpr std::string_view kArn = "arn:aws:s3:::";

const std::vector<Action>& known() {
  static const std::vector<Action> kActions = {
      {"s3:GetObject", {read}, false, {}, {}, {}},
      {"s3:PutObject", {write}, false, {}, {}, {}},
      {"s3:DeleteObject", {remove}, false, {}, {}, {}},
      {"s3:ListBucket", {}, true, {}, {}, {}},
      {"s3:CreateBucket", {}, false, {write}, {}, {}},
      {"s3:DeleteBucket", {}, false, {remove}, {}, {}},
      {"s3:*", {read, write, remove}, true, {write, remove}, {}, {}},
      {"s3:GetObjectVersion", {}, false, {}, {read}, "s3:GetObject"},
      {"s3:GetObjectAttributes", {}, false, {}, {read}, "s3:GetObject"},
      {"s3:GetObjectTagging", {}, false, {}, {read}, "s3:GetObject"},
      {"s3:GetObjectAcl", {}, false, {}, {read}, "s3:GetObject"},
      {"s3:AbortMultipartUpload", {}, false, {}, {write}, "s3:PutObject"},
      {"s3:ListMultipartUploadParts", {}, false, {}, {write}, "s3:PutObject"},
      {"s3:PutObjectTagging", {}, false, {}, {write}, "s3:PutObject"},
      {"s3:DeleteObjectTagging", {}, false, {}, {write}, "s3:PutObject"},
      {"s3:DeleteObjectVersion", {}, false, {}, {remove}, "s3:DeleteObject"},
      {"s3:ListBucketVersions", {}, false, {}, {list}, "s3:ListBucket"},
      {"s3:ListBucketMultipartUploads", {}, false, {}, {list}, "s3:ListBucket"},
      {"s3:ListAllMyBuckets", {}, false, {}, {list}, "s3:ListBucket"},
      {"s3:GetBucketLocation", {}, false, {}, {list}, "s3:ListBucket"},
  };
  return kActions;
}

Error wrong(std::string what) {
  return fail(Errc::invalid, std::move(what));
}

/// A text or an array of texts, not empty.
Result<std::vector<std::string>> textsOf(const Json* json, const std::string& name) {
  std::vector<std::string> out;
  if (json != nullptr && json->kind == Kind::text) out.push_back(json->text);
  if (json != nullptr && json->kind == Kind::array) {
    for (const Json& item : json->items) {
      if (item.kind != Kind::text) return wrong(name + " is not a text or a list of texts");
      out.push_back(item.text);
    }
  }
  if (out.empty()) return wrong(name + " is missing, or neither a text nor a list of texts");
  return out;
}

Status onlyMembers(const Json& object, std::initializer_list<std::string_view> names, const std::string& what) {
  if (object.kind != Kind::object) return wrong(what + " is not a JSON object");
  for (const auto& [name, value] : object.members)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return wrong(what + " has " + quoteJson(name) + ", which is not supported here");
  return {};
}

Result<Action> actionOf(const std::string& text) {
  const std::string_view wanted = text == "*" ? std::string_view("s3:*") : std::string_view(text);
  for (const Action& action : known())
    if (sameIgnoringCase(action.name, wanted)) return action;
  return wrong(
      "the action " + quoteJson(text) +
      " is not supported: GetObject, PutObject, DeleteObject, ListBucket, CreateBucket, DeleteBucket of s3, what "
      "comes with them, and s3:*");
}

Result<Resource> resourceOf(const std::string& text) {
  if (text == "*" || text == "arn:aws:s3:::*") return Resource{std::string(kAnyBucket), "", true, true};
  if (!text.starts_with(kArn))
    return wrong("the resource " + quoteJson(text) + " does not begin with " + std::string(kArn));
  const std::string path = text.substr(kArn.size());
  const std::size_t slash = path.find('/');
  Resource out;
  out.bucket = path.substr(0, slash);
  if (out.bucket != kAnyBucket && !validBucketName(out.bucket))
    return wrong("the resource " + quoteJson(text) + " does not name a bucket in full, or * for all");
  if (slash == std::string::npos) {
    out.bucketItself = true;
    return out;
  }
  out.keys = true;
  out.prefix = path.substr(slash + 1);
  if (!out.prefix.ends_with('*'))
    return wrong("the resource " + quoteJson(text) +
                 " is of one key; what can be said is all keys with a prefix, with * at the end");
  out.prefix.pop_back();
  if (out.prefix.find_first_of("*?") != std::string::npos || out.prefix.find("${") != std::string::npos)
    return wrong("the resource " + quoteJson(text) + " has a wildcard or a variable elsewhere than at its end");
  return out;
}

/// {"StringLike": {"s3:prefix": ["a/*", ...]}}: what begins with a/. An exact prefix adds nothing to one that it is
/// within.
Result<std::vector<std::string>> listPrefixesOf(const Json& condition) {
  if (auto s = onlyMembers(condition, {"StringLike", "StringEquals"}, "Condition"); !s) return s.error();
  if (condition.members.size() != 1) return wrong("Condition has one operator: StringLike of s3:prefix");
  const auto& [name, keys] = *condition.members.begin();
  if (auto s = onlyMembers(keys, {"s3:prefix"}, name); !s) return s.error();
  auto patterns = textsOf(keys.find("s3:prefix"), "s3:prefix");
  if (!patterns) return patterns.error();
  std::vector<std::string> open, exact;
  for (std::string& pattern : *patterns) {
    const bool like = name == "StringLike";
    if (!like || !pattern.ends_with('*')) {
      exact.push_back(pattern);
      continue;
    }
    pattern.pop_back();
    if (pattern.empty())
      return wrong("s3:prefix \"*\" would leave out listings without a prefix; leave the condition out instead");
    open.push_back(pattern);
  }
  for (const std::string& pattern : open)
    if (pattern.find_first_of("*?") != std::string::npos || pattern.find("${") != std::string::npos)
      return wrong("s3:prefix has a wildcard or a variable elsewhere than at its end");
  for (const std::string& one : exact)
    if (std::ranges::none_of(open, [&](const std::string& o) { return one.starts_with(o); }))
      return wrong("s3:prefix " + quoteJson(one) +
                   " is one prefix; what can be said is all that begin so, with * at the end");
  return open;
}

/// "*" or {"AWS": "*"}.
Status isEverybody(const Json* principal) {
  const Json* who = principal;
  if (who != nullptr && who->kind == Kind::object && who->members.size() == 1) who = who->find("AWS");
  if (who != nullptr && who->kind == Kind::text && who->text == "*") return {};
  return wrong(
      "a statement's Principal is neither \"*\" nor {\"AWS\": \"*\"}; a bucket is opened to everybody or not at all");
}

Status membersOf(const Json& json, Of of) {
  if (of == Of::session) return onlyMembers(json, {"Sid", "Effect", "Action", "Resource", "Condition"}, "a statement");
  if (auto s = onlyMembers(json, {"Sid", "Effect", "Principal", "Action", "Resource"}, "a statement"); !s) return s;
  return isEverybody(json.find("Principal"));
}

Result<Statement> statementOf(const Json& json, Of of) {
  if (auto s = membersOf(json, of); !s) return s.error();
  const Json* effect = json.find("Effect");
  if (effect == nullptr || effect->kind != Kind::text || effect->text != "Allow")
    return wrong("a statement's Effect is not Allow; what is not allowed is denied");
  Statement out;
  auto actions = textsOf(json.find("Action"), "Action"), resources = textsOf(json.find("Resource"), "Resource");
  if (!actions) return actions.error();
  if (!resources) return resources.error();
  for (const std::string& text : *actions) {
    auto action = actionOf(text);
    if (!action) return action.error();
    out.actions.push_back(std::move(*action));
  }
  for (const std::string& text : *resources) {
    auto resource = resourceOf(text);
    if (!resource) return resource.error();
    out.resources.push_back(std::move(*resource));
  }
  out.listPrefixes.emplace_back();
  if (const Json* condition = json.find("Condition")) {
    if (std::ranges::any_of(out.actions, [](const Action& a) { return a.name != "s3:ListBucket"; }))
      return wrong("Condition is supported in statements whose only action is s3:ListBucket");
    auto prefixes = listPrefixesOf(*condition);
    if (!prefixes) return prefixes.error();
    out.listPrefixes = std::move(*prefixes);
  }
  return out;
}

}  // namespace

Result<std::vector<Statement>> readStatements(std::string_view json, Of of) {
  auto document = readJson(json);
  if (!document) return wrong("it is no JSON: " + document.error().message);
  if (auto s = onlyMembers(*document, {"Version", "Id", "Statement"}, "the policy"); !s) return s.error();
  const Json* version = document->find("Version");
  if (version == nullptr || version->kind != Kind::text || version->text != "2012-10-17")
    return wrong("Version is not \"2012-10-17\"");
  const Json* list = document->find("Statement");
  if (list == nullptr) return wrong("it has no Statement");
  std::vector<Statement> out;
  const std::vector<Json> one{*list};
  for (const Json& item : list->kind == Kind::array ? list->items : one) {
    auto statement = statementOf(item, of);
    if (!statement) return statement.error();
    out.push_back(std::move(*statement));
  }
  if (out.empty()) return wrong("it has no Statement");
  return out;
}

}  // namespace cairn::s3::policy
