#include <algorithm>

#include "daemon/s3/dates.h"
#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxPage = 1000;
}  // namespace

ReadConditions readConditions(const Parts& parts, std::string_view headerPrefix) {
  const auto field = [&](std::string_view name) { return parts.header(std::string(headerPrefix).append(name)); };
  const auto date = [&](std::string_view name) -> std::optional<Timestamp> {
    const auto value = field(name);
    if (!value) return std::nullopt;
    if (auto at = parseHttpDate(trimmed(*value), parts.now)) return at;
    return parseIsoDate(trimmed(*value));
  };
  ReadConditions c;
  if (const auto value = field("if-match")) c.ifMatch = parseEntityTags(*value, false);
  if (const auto value = field("if-none-match")) c.ifNoneMatch = parseEntityTags(*value, true);
  c.ifModifiedSince = date("if-modified-since");
  c.ifUnmodifiedSince = date("if-unmodified-since");
  return c;
}

Answer<bucket::WriteConditions> readWriteConditions(const Parts& parts) {
  for (const std::string_view name : {"x-amz-if-match-last-modified-time", "x-amz-if-match-size"})
    if (parts.header(name)) return refuse(ErrorCode::NotImplemented, std::string(name) + " is not implemented");
  ReadConditions read = readConditions(parts);
  // A condition that is present and empty holds for no object; dropping it would make the write unconditional.
  if (parts.header("if-match") && read.ifMatch.empty()) return badArgument("If-Match is empty", "If-Match", "");
  if (parts.header("if-none-match") && read.ifNoneMatch.empty())
    return badArgument("If-None-Match is empty", "If-None-Match", "");
  bucket::WriteConditions write;
  write.ifMatch = std::move(read.ifMatch);
  write.ifNoneMatch = std::move(read.ifNoneMatch);
  write.ifModifiedSince = read.ifModifiedSince;
  write.ifUnmodifiedSince = read.ifUnmodifiedSince;
  return write;
}

Answer<CopySource> readObjectName(std::string_view raw, std::string_view header) {
  const auto wrong = [&] {
    return badArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", header, raw);
  };
  std::string_view path = trimmed(raw);
  if (const auto query = path.rfind("?versionId="); query != std::string_view::npos) {
    if (path.substr(query + 11) != "null") return refuse(ErrorCode::NoSuchVersion);
    path = path.substr(0, query);
  }
  auto decoded = percentDecode(path);
  if (!decoded) return wrong();
  std::string_view name = *decoded;
  if (name.starts_with('/')) name.remove_prefix(1);
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size()) return wrong();
  CopySource source{BucketName(std::string(name.substr(0, slash))), std::string(name.substr(slash + 1)), {}};
  if (auto ok = checkBucketName(source.bucket.get()); !ok) return ok.error();
  if (auto ok = checkKey(source.key); !ok) return ok.error();
  return source;
}

Answer<CopySource> readCopySource(const Parts& parts) {
  auto source = readObjectName(*parts.header("x-amz-copy-source"), "x-amz-copy-source");
  if (source) source->conditions = readConditions(parts, "x-amz-copy-source-");
  return source;
}

Answer<void> refuseUnkeptPromises(const Parts& parts) {
  for (const auto [name, value] : parts.request.headers) {
    if (!startsWith(name, "x-amz-")) continue;
    if (startsWith(name, "x-amz-server-side-encryption") ||
        startsWith(name, "x-amz-copy-source-server-side-encryption"))
      return refuse(ErrorCode::NotImplemented, "server-side encryption is not implemented: encrypt before you upload");
    if (startsWith(name, "x-amz-object-lock-") || sameIgnoringCase(name, "x-amz-bypass-governance-retention"))
      return refuse(ErrorCode::InvalidRequest, "Bucket is missing Object Lock Configuration");
    if (startsWith(name, "x-amz-grant-")) return refuse(ErrorCode::AccessControlListNotSupported);
    if (sameIgnoringCase(name, "x-amz-acl") && value != "private" && value != "bucket-owner-full-control" &&
        value != "bucket-owner-read")
      return refuse(ErrorCode::AccessControlListNotSupported);
    if (sameIgnoringCase(name, "x-amz-write-offset-bytes"))
      return refuse(ErrorCode::NotImplemented, "appending to objects is not implemented");
    if (sameIgnoringCase(name, "x-amz-bucket-object-lock-enabled") && sameIgnoringCase(value, "true"))
      return refuse(ErrorCode::NotImplemented, "Object Lock is not implemented");
  }
  return {};
}

Answer<std::size_t> readPageSize(const Parts& parts, std::string_view name) {
  const auto given = parts.parameter(name);
  if (!given || given->empty()) return kMaxPage;
  const auto value = decimal(*given);
  if (!value || *value > 0x7fffffff)
    return badArgument("Provided " + std::string(name) + " not an integer or within integer range", name, *given);
  return std::min<std::size_t>(*value, kMaxPage);
}

Answer<bool> readUrlEncoding(const Parts& parts) {
  const auto given = parts.parameter("encoding-type");
  if (!given || given->empty()) return false;
  if (*given == "url") return true;
  return badArgument("Invalid Encoding Method specified in Request", "encoding-type", *given);
}

Answer<std::string> readListText(const Parts& parts, std::string_view name) {
  const auto given = parts.parameter(name);
  if (!given) return std::string();
  if (!validUtf8(*given) || given->find('\0') != std::string_view::npos)
    return badArgument(std::string(name) + " is not valid UTF-8", name, "");
  if (given->size() > kMaxKeyBytes) return badArgument(std::string(name) + " is longer than a key can be", name, "");
  return std::string(*given);
}

Answer<void> checkVersionId(const Parts& parts, ErrorCode absent) {
  const auto given = parts.parameter("versionId");
  if (!given || *given == "null") return {};
  if (given->empty()) return badArgument("Version id cannot be the empty string", "versionId", "");
  return refuse(absent);
}

Answer<std::string> readUploadId(const Parts& parts) {
  const auto given = parts.parameter("uploadId");
  if (!given || given->empty() || given->size() > 256 || !validUtf8(*given)) return refuse(ErrorCode::NoSuchUpload);
  return std::string(*given);
}

Answer<std::uint32_t> readPartNumber(std::string_view text) {
  const auto value = decimal(text);
  if (!value || *value < 1 || *value > 10'000)
    return badArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text);
  return static_cast<std::uint32_t>(*value);
}

}  // namespace cairn::s3
