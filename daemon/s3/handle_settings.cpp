#include <algorithm>

#include "common/identity/scope_json.h"
#include "daemon/s3/body.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/policy.h"
#include "daemon/s3/tags.h"
#include "daemon/s3/xml.h"

// Settings that are never set here still have answers: tools ask for them before they do their job, and take an honest
// "there is none" well, a NotImplemented badly.
namespace cairn::s3 {
namespace {

constexpr std::string_view kInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";

Reply ownersAcl(const OwnerId& owner) {
  XmlWriter xml("AccessControlPolicy");
  xml.open("Owner");
  xml.text("ID", owner.get());
  xml.text("DisplayName", owner.get());
  xml.close("Owner");
  xml.open("AccessControlList");
  xml.open("Grant");
  xml.raw().append("<Grantee xmlns:xsi=\"").append(kInstanceNamespace).append("\" xsi:type=\"CanonicalUser\">");
  xml.text("ID", owner.get());
  xml.text("DisplayName", owner.get());
  xml.close("Grantee");
  xml.plain("Permission", "FULL_CONTROL");
  xml.close("Grant");
  xml.close("AccessControlList");
  return xmlReply(xml.finish());
}

Reply location(const std::string& region) {
  XmlWriter xml("LocationConstraint");
  // S3's first region is the one without a name.
  if (region != "us-east-1") appendEscaped(xml.raw(), region);
  return xmlReply(xml.finish());
}

struct Absent {
  std::string_view setting;
  ErrorCode code;
};
constexpr Absent kAbsent[] = {
    {"cors", ErrorCode::NoSuchCORSConfiguration},
    {"encryption", ErrorCode::ServerSideEncryptionConfigurationNotFoundError},
    {"lifecycle", ErrorCode::NoSuchLifecycleConfiguration},
    {"object-lock", ErrorCode::ObjectLockConfigurationNotFoundError},
    {"ownershipControls", ErrorCode::OwnershipControlsNotFoundError},
    {"policy", ErrorCode::NoSuchBucketPolicy},
    {"policyStatus", ErrorCode::NoSuchBucketPolicy},
    {"publicAccessBlock", ErrorCode::NoSuchPublicAccessBlockConfiguration},
    {"replication", ErrorCode::ReplicationConfigurationNotFoundError},
    {"tagging", ErrorCode::NoSuchTagSet},
    {"website", ErrorCode::NoSuchWebsiteConfiguration},
};

struct Empty {
  std::string_view setting, root;
};
constexpr Empty kEmpty[] = {
    {"accelerate", "AccelerateConfiguration"},
    {"logging", "BucketLoggingStatus"},
    {"notification", "NotificationConfiguration"},
    {"versioning", "VersioningConfiguration"},
};

Answer<Reply> settingOf(const std::string& name, const Call& call) {
  if (name == "location") return location(call.options.region);
  if (name == "acl") return ownersAcl(call.caller.owner);
  if (name == "requestPayment") {
    XmlWriter xml("RequestPaymentConfiguration");
    xml.plain("Payer", "BucketOwner");
    return xmlReply(xml.finish());
  }
  for (const auto& [setting, root] : kEmpty)
    if (setting == name) return xmlReply(XmlWriter(root).finish());
  for (const auto& [setting, code] : kAbsent)
    if (setting == name) return refuse(code);
  return refuse(ErrorCode::NotImplemented, "a bucket's " + name + " is not implemented");
}

}  // namespace

registry::AuditRow ownersRow(const Call& call, const BucketId& bucket, std::string action, const std::string& detail) {
  registry::AuditRow row;
  row.who = call.caller.accessKey.empty() ? call.caller.owner.get() : call.caller.accessKey;
  row.action = std::move(action);
  row.what = "{\"owner\":" + quoteJson(bucket.owner.get()) + ",\"bucket\":" + quoteJson(bucket.name.get()) + "," +
             detail + "}";
  row.from = call.request.remoteAddress;
  return row;
}

Task<Answer<Reply>> handle(const Call& call, const GetBucketSetting& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const std::string& policy = (*snapshot)->policy();
  if (operation.name == "policy" && !policy.empty()) {
    Reply reply = xmlReply(policy);
    reply.headers.set("Content-Type", "application/json");
    co_return reply;
  }
  if (operation.name == "policyStatus" && !policy.empty()) {
    XmlWriter xml("PolicyStatus");
    xml.flag("IsPublic", true);
    co_return xmlReply(xml.finish());
  }
  co_return settingOf(operation.name, call);
}

Task<Answer<Reply>> handle(const Call& call, const SetBucketPolicy& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  std::string policy, opens = "[]";
  if (operation.claims) {
    auto body = co_await receiveText(call.body, call.caller.body, *operation.claims, call.options.maxXmlBody);
    if (!body) co_return body.error();
    policy = std::move(*body);
    const auto opened = openedBy(policy, call.subject.bucket.get());
    if (!opened) co_return refuse(ErrorCode::MalformedPolicy, "This policy cannot be taken: " + opened.error().message);
    opens = identity::scopeJson(*opened);
  }
  call.anybody.saw(policy);
  auto row = ownersRow(call, *bucket, operation.claims ? "bucket.open" : "bucket.close", "\"opens\":" + opens);
  const auto done = co_await call.buckets.setPolicy(*bucket, std::move(policy), std::move(row));
  if (!done) co_return co_await explain(call, done.error());
  co_return emptyReply(204);
}

Task<Answer<Reply>> handle(const Call& call, const GetObjectSetting& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto entry = co_await readEntry(**snapshot, call.subject.key);
  if (!entry) co_return entry.error();
  if (operation.name == "acl") co_return ownersAcl(call.caller.owner);
  if (operation.name == "tagging") co_return xmlReply(writeTagging(entry->attributes.tags));
  co_return refuse(ErrorCode::NoSuchObjectLockConfiguration);
}

Task<Answer<Reply>> handle(const Call& call, const SetObjectTags& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  Answer<Tags> tags = Tags{};
  if (operation.claims) {
    const auto body = co_await receiveText(call.body, call.caller.body, *operation.claims, call.options.maxXmlBody);
    if (!body) co_return body.error();
    tags = readTagging(*body);
    if (!tags) co_return tags.error();
  }
  const auto done = co_await call.buckets.setTags(*bucket, call.subject.key, std::move(*tags));
  if (!done) co_return co_await explain(call, done.error());
  co_return emptyReply(operation.claims ? 200 : 204);
}

}  // namespace cairn::s3
