// What is kept with an object beside its bytes: read from a request's headers, or found in an entry that was made
// elsewhere.
#include <algorithm>

#include "daemon/http/parser.h"
#include "daemon/s3/entry_rules.h"
#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"
#include "daemon/s3/tags.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxMetadataBytes = 2048;
constexpr std::size_t kMaxUploadId = 256;
/// The last millisecond of the year 9999: later ones have no spelling in headers and XML.
constexpr std::int64_t kLastTime = 253402300799999;
/// Of any header that is kept with an object; S3 limits all headers together to 8 KiB.
constexpr std::size_t kMaxSystemHeader = 8192;

constexpr std::string_view kKeptHeaders[] = {"content-type",
                                             "cache-control",
                                             "content-disposition",
                                             "content-encoding",
                                             "content-language",
                                             "expires",
                                             "x-amz-website-redirect-location"};

constexpr std::string_view kStorageClasses[] = {"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                                "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
                                                "GLACIER_IR", "DEEP_ARCHIVE"};

/// aws-chunked is how the body travelled, not what the object is.
std::string withoutAwsChunked(std::string_view encodings) {
  std::string out;
  for (const auto piece : listOf(encodings)) {
    if (sameIgnoringCase(piece, "aws-chunked")) continue;
    if (!out.empty()) out += ',';
    out += piece;
  }
  return out;
}

Status checkHeaders(const bucket::Attributes& attributes) {
  for (const auto& [name, value] : attributes.headers) {
    const bool kept = std::ranges::count(kKeptHeaders, name) == 1 ||
                      (name == "x-amz-storage-class" && std::ranges::count(kStorageClasses, value) == 1);
    if (!kept) return fail(Errc::invalid, "it has a header that is not kept with objects, or not this value of it");
    if (value.empty() || value.size() > kMaxSystemHeader || !http::validFieldValue(value) || !validUtf8(value))
      return fail(Errc::invalid, "its " + name + " is no value of a header");
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : attributes.metadata) {
    if (!http::validFieldName("x-amz-meta-" + name) || lowerCase(name) != name || name.empty() ||
        !http::validFieldValue(value) || !validUtf8(value))
      return fail(Errc::invalid, "its metadata do not fit into headers");
    bytes += name.size() + value.size();
  }
  if (bytes > kMaxMetadataBytes) return fail(Errc::invalid, "it has too much metadata");
  return {};
}

Status checkParts(const bucket::Entry& entry) {
  if (entry.etag.parts != 0 && !entry.partSizes.empty() && entry.partSizes.size() != entry.etag.parts)
    return fail(Errc::invalid, "its ETag speaks of another number of parts");
  std::uint64_t left = entry.size;
  for (const std::uint64_t size : entry.partSizes) {
    if (size > left) return fail(Errc::invalid, "its parts are larger than it is");
    left -= size;
  }
  if (!entry.partSizes.empty() && left != 0) return fail(Errc::invalid, "its parts are smaller than it is");
  return {};
}

}  // namespace

Answer<bucket::Attributes> readAttributes(const Parts& parts) {
  bucket::Attributes out;
  std::size_t metadataBytes = 0;
  for (const auto [name, value] : parts.request.headers) {
    if (!startsWith(name, "x-amz-meta-")) continue;
    std::string key = lowerCase(name.substr(11));
    if (key.empty()) continue;
    if (!validUtf8(value) || !validUtf8(key))
      return refuse(ErrorCode::InvalidArgument, "the value of " + lowerCase(name) + " is not valid UTF-8");
    auto [at, fresh] = out.metadata.try_emplace(std::move(key), value);
    metadataBytes += value.size() + (fresh ? at->first.size() : 1);
    if (!fresh) at->second.append(",").append(value);
  }
  if (metadataBytes > kMaxMetadataBytes) {
    Failed failed = refuse(ErrorCode::MetadataTooLarge);
    failed.details.emplace_back("Size", std::to_string(metadataBytes));
    failed.details.emplace_back("MaxSizeAllowed", std::to_string(kMaxMetadataBytes));
    return failed;
  }
  for (const std::string_view name : kKeptHeaders) {
    const auto value = parts.header(name);
    if (!value) continue;
    if (!validUtf8(*value) || value->size() > kMaxSystemHeader)
      return refuse(ErrorCode::InvalidArgument, std::string(name) + " is too long or not valid UTF-8");
    std::string kept = name == "content-encoding" ? withoutAwsChunked(*value) : std::string(*value);
    if (!kept.empty()) out.headers.emplace(name, std::move(kept));
  }
  if (const auto given = parts.header("x-amz-storage-class")) {
    if (std::find(std::begin(kStorageClasses), std::end(kStorageClasses), *given) == std::end(kStorageClasses))
      return refuse(ErrorCode::InvalidStorageClass);
    if (*given != "STANDARD") out.headers.emplace("x-amz-storage-class", *given);
  }
  if (const auto tagging = parts.header("x-amz-tagging")) {
    auto tags = readTags(*tagging);
    if (!tags) return tags.error();
    out.tags = std::move(*tags);
  }
  return out;
}

Status checkEntry(std::string_view key, const bucket::Entry& entry) {
  if (const auto ok = checkKey(key); !ok) return fail(Errc::invalid, ok.error().message);
  if (auto s = checkHeaders(entry.attributes); !s) return s;
  if (const auto ok = checkTags(entry.attributes.tags); !ok) return fail(Errc::invalid, ok.error().message);
  if (auto s = checkParts(entry); !s) return s;
  if (entry.checksum) {
    const auto algorithm = parseChecksumName(entry.checksum->algorithm);
    if (!algorithm || checksumName(*algorithm) != entry.checksum->algorithm ||
        entry.checksum->value.size() != digestSize(*algorithm))
      return fail(Errc::invalid, "its checksum is of no kind that S3 has");
  }
  if (entry.upload.size() > kMaxUploadId) return fail(Errc::invalid, "the id of its upload is too long");
  if (entry.modified.get() < 0 || entry.modified.get() > kLastTime)
    return fail(Errc::invalid, "its time is outside the years 1970 to 9999");
  return {};
}

}  // namespace cairn::s3
