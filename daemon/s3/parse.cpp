#include "daemon/s3/parse.h"

#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::string_view kAt = "x-cairn-at";

/// The bucket's name in front of a suffix; nullopt when the host is not under any of them.
std::optional<std::string> bucketOfHost(std::string_view hostHeader, const std::vector<std::string>& suffixes) {
  std::string host = lowerCase(trimmed(hostHeader));
  const auto colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) host.resize(colon);
  for (const auto& suffix : suffixes) {
    if (host.size() <= suffix.size() + 1 || !host.ends_with(suffix)) continue;
    const auto dot = host.size() - suffix.size() - 1;
    if (host[dot] == '.') return host.substr(0, dot);
  }
  return std::nullopt;
}

Answer<std::optional<bucket::Moment>> parseMomentOf(const http::Request& request, const Action& action) {
  const auto given = request.headers.findAll(kAt);
  if (given.empty()) return std::optional<bucket::Moment>();
  if (!std::holds_alternative<GetObject>(action) && !std::holds_alternative<ListObjects>(action))
    return refuse(ErrorCode::InvalidRequest,
                  "x-cairn-at goes with reading and listing objects alone: what a bucket was cannot be written");
  if (given.size() > 1) return badArgument("x-cairn-at is given more than once", kAt, given[1]);
  const auto moment = bucket::parseMoment(trimmed(given[0]));
  if (!moment) return badArgument("x-cairn-at " + moment.error().message, kAt, given[0]);
  return std::optional(*moment);
}

}  // namespace

std::string lowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return out;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<std::string_view> Parts::parameter(std::string_view name) const {
  for (const auto& pair : query)
    if (pair.name == name) return pair.value;
  return std::nullopt;
}

Answer<Subject> parseSubject(const http::Request& request, const std::vector<std::string>& virtualHostSuffixes) {
  std::string_view path = request.path;
  if (path.empty() || path.front() != '/') return refuse(ErrorCode::InvalidURI);
  path.remove_prefix(1);
  Subject subject;
  std::string_view rawKey;
  const auto host = request.headers.find("host");
  if (auto name = host ? bucketOfHost(*host, virtualHostSuffixes) : std::nullopt) {
    subject.bucket = BucketName(std::move(*name));
    rawKey = path;
  } else {
    const auto slash = path.find('/');
    auto bucket = percentDecode(path.substr(0, slash));
    if (!bucket) return refuse(ErrorCode::InvalidURI, bucket.error().message);
    subject.bucket = BucketName(std::move(*bucket));
    if (slash != std::string_view::npos) rawKey = path.substr(slash + 1);
    if (subject.bucket.get().empty() && slash != std::string_view::npos) return refuse(ErrorCode::InvalidBucketName);
  }
  if (!subject.bucket.get().empty())
    if (auto ok = checkBucketName(subject.bucket.get()); !ok) return ok.error();
  auto key = percentDecode(rawKey);
  if (!key) return refuse(ErrorCode::InvalidURI, key.error().message);
  subject.key = std::move(*key);
  if (!subject.key.empty())
    if (auto ok = checkKey(subject.key); !ok) return ok.error();
  return subject;
}

Answer<Operation> parseOperation(const http::Request& request, Subject subject, Timestamp now) {
  auto query = parseQuery(request.rawQuery);
  if (!query) return refuse(ErrorCode::InvalidURI, query.error().message);
  const Parts parts{request, std::move(*query), now};
  Answer<Action> action = refuse(ErrorCode::MethodNotAllowed);
  if (subject.bucket.get().empty()) {
    if (request.method == "GET" || request.method == "HEAD") action = Action(ListBuckets{parts.text("prefix")});
  } else if (subject.key.empty()) {
    action = parseBucketAction(parts);
  } else {
    action = parseObjectAction(parts);
  }
  if (!action) return action.error();
  auto at = parseMomentOf(request, *action);
  if (!at) return at.error();
  return Operation{std::move(subject), std::move(*action), std::move(*at)};
}

std::string_view nameOf(const Operation& operation) {
  struct Names {
    std::string_view operator()(const ListBuckets&) { return "ListBuckets"; }
    std::string_view operator()(const CreateBucket&) { return "CreateBucket"; }
    std::string_view operator()(const ImportBucket&) { return "ImportBucket"; }
    std::string_view operator()(const HeadBucket&) { return "HeadBucket"; }
    std::string_view operator()(const DeleteBucket&) { return "DeleteBucket"; }
    std::string_view operator()(const SetBucketPolicy& o) {
      return o.claims ? "PutBucketPolicy" : "DeleteBucketPolicy";
    }
    std::string_view operator()(const GetBucketSetting& o) {
      return o.name == "location" ? "GetBucketLocation" : "GetBucketSetting";
    }
    std::string_view operator()(const ListObjects& o) { return o.version == 2 ? "ListObjectsV2" : "ListObjects"; }
    std::string_view operator()(const ListObjectVersions&) { return "ListObjectVersions"; }
    std::string_view operator()(const ListUploads&) { return "ListMultipartUploads"; }
    std::string_view operator()(const ListParts&) { return "ListParts"; }
    std::string_view operator()(const GetObject& o) { return o.headOnly ? "HeadObject" : "GetObject"; }
    std::string_view operator()(const PutObject&) { return "PutObject"; }
    std::string_view operator()(const CopyObject&) { return "CopyObject"; }
    std::string_view operator()(const ImportObject&) { return "ImportObject"; }
    std::string_view operator()(const DeleteObject&) { return "DeleteObject"; }
    std::string_view operator()(const DeleteObjects&) { return "DeleteObjects"; }
    std::string_view operator()(const GetObjectAttributes&) { return "GetObjectAttributes"; }
    std::string_view operator()(const GetObjectSetting&) { return "GetObjectSetting"; }
    std::string_view operator()(const SetObjectTags& o) {
      return o.claims ? "PutObjectTagging" : "DeleteObjectTagging";
    }
    std::string_view operator()(const CreateUpload&) { return "CreateMultipartUpload"; }
    std::string_view operator()(const UploadPart&) { return "UploadPart"; }
    std::string_view operator()(const UploadPartCopy&) { return "UploadPartCopy"; }
    std::string_view operator()(const CompleteUpload&) { return "CompleteMultipartUpload"; }
    std::string_view operator()(const BringBack& o) {
      return o.what == BringBack::What::restore ? "RestoreBucket"
             : o.what == BringBack::What::undo  ? "UndoVersion"
             : o.what == BringBack::What::adopt ? "AdoptLoser"
                                                : "ReconcileBucket";
    }
    std::string_view operator()(const AbortUpload&) { return "AbortMultipartUpload"; }
  };
  return std::visit(Names{}, operation.action);
}

}  // namespace cairn::s3
