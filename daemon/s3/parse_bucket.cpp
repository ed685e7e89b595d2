#include <algorithm>

#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

/// Sub-resources of a bucket that are settings; what GET answers is decided by handle_settings.cpp.
constexpr std::string_view kSettings[] = {"accelerate",
                                          "acl",
                                          "analytics",
                                          "cors",
                                          "encryption",
                                          "intelligent-tiering",
                                          "inventory",
                                          "lifecycle",
                                          "location",
                                          "logging",
                                          "metadataTable",
                                          "metrics",
                                          "notification",
                                          "object-lock",
                                          "ownershipControls",
                                          "policy",
                                          "policyStatus",
                                          "publicAccessBlock",
                                          "replication",
                                          "requestPayment",
                                          "tagging",
                                          "versioning",
                                          "website"};

constexpr std::string_view kImport = "x-cairn-import", kImportRoot = "x-cairn-import-root",
                           kImportMerge = "x-cairn-import-merge";

std::string_view settingOf(const Parts& parts) {
  for (const auto& pair : parts.query)
    for (const std::string_view name : kSettings)
      if (pair.name == name) return name;
  return {};
}

Answer<Action> parseGet(const Parts& parts) {
  if (parts.has("uploads")) return parseListUploads(parts);
  if (parts.has("versions")) return parseListVersions(parts);
  if (const auto setting = settingOf(parts); !setting.empty()) return Action(GetBucketSetting{std::string(setting)});
  return parseListObjects(parts);
}

Answer<Action> parseImport(const Parts& parts, BodyClaims claims) {
  if (const auto form = parts.header(kImport); *form != "car")
    return badArgument("what can be imported is car", kImport, *form);
  ImportBucket out;
  out.claims = std::move(claims);
  if (const auto root = parts.header(kImportRoot)) {
    const auto cid = root->empty() ? Result<Cid>(Cid()) : Cid::parse(*root);
    if (!cid) return badArgument("not a CID: " + cid.error().message, kImportRoot, *root);
    out.root = *cid;
  }
  if (const auto merge = parts.header(kImportMerge)) {
    if (*merge != "keep" && *merge != "replace")
      return badArgument("keys that are there are kept or replaced: keep, replace", kImportMerge, *merge);
    out.merge = *merge == "keep" ? bucket::Merge::keep : bucket::Merge::replace;
  }
  return Action(std::move(out));
}

Answer<Action> parsePut(const Parts& parts) {
  const auto setting = settingOf(parts);
  if (!setting.empty() && setting != "policy")
    return refuse(ErrorCode::NotImplemented, "setting a bucket's " + std::string(setting) + " is not implemented");
  auto claims = readClaims(parts);
  if (!claims) return claims.error();
  if (setting == "policy") return Action(SetBucketPolicy{std::move(*claims)});
  if (parts.header(kImport)) return parseImport(parts, std::move(*claims));
  return Action(CreateBucket{std::move(*claims)});
}

Answer<Action> parsePost(const Parts& parts) {
  if (auto back = parseBringBack(parts)) return std::move(*back);
  if (!parts.has("delete")) {
    if (const auto type = parts.header("content-type"); type && lowerCase(*type).starts_with("multipart/form-data"))
      return refuse(ErrorCode::NotImplemented, "POST of an HTML form is not implemented: use PUT");
    return refuse(ErrorCode::MethodNotAllowed);
  }
  auto claims = readClaims(parts);
  if (!claims) return claims.error();
  if (!claims->contentMd5 && !claims->algorithm)
    return refuse(ErrorCode::InvalidRequest,
                  "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  return Action(DeleteObjects{std::move(*claims)});
}

}  // namespace

Answer<Action> parseBucketAction(const Parts& parts) {
  if (auto ok = refuseUnkeptPromises(parts); !ok) return ok.error();
  const std::string& method = parts.request.method;
  if (method == "GET") return parseGet(parts);
  if (method == "HEAD") return Action(HeadBucket{});
  if (method == "PUT") return parsePut(parts);
  if (method == "POST") return parsePost(parts);
  if (method == "DELETE") {
    const auto setting = settingOf(parts);
    if (setting == "policy") return Action(SetBucketPolicy{});
    if (!setting.empty())
      return refuse(ErrorCode::NotImplemented, "deleting a bucket's " + std::string(setting) + " is not implemented");
    return Action(DeleteBucket{});
  }
  return refuse(ErrorCode::MethodNotAllowed);
}

}  // namespace cairn::s3
