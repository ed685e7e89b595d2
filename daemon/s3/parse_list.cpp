#include "daemon/s3/parts.h"
#include "daemon/s3/token.h"

namespace cairn::s3 {
namespace {

/// What all listings of a bucket have in common.
template <class Listing>
Answer<void> readCommon(const Parts& parts, Listing& out) {
  auto prefix = readListText(parts, "prefix");
  if (!prefix) return prefix.error();
  auto delimiter = readListText(parts, "delimiter");
  if (!delimiter) return delimiter.error();
  auto url = readUrlEncoding(parts);
  if (!url) return url.error();
  out.prefix = std::move(*prefix);
  out.delimiter = std::move(*delimiter);
  out.urlEncoding = *url;
  return {};
}

Answer<void> readSecondVersion(const Parts& parts, ListObjects& out) {
  auto after = readListText(parts, "start-after");
  if (!after) return after.error();
  out.marker = std::move(*after);
  out.fetchOwner = parts.parameter("fetch-owner").value_or("") == "true";
  const auto token = parts.parameter("continuation-token");
  if (!token) return {};
  out.tokenAfter = parseContinuationToken(*token);
  if (!out.tokenAfter) return badArgument("The continuation token provided is incorrect", "continuation-token", *token);
  out.token = std::string(*token);
  return {};
}

}  // namespace

Answer<Action> parseListObjects(const Parts& parts) {
  ListObjects out;
  if (auto ok = readCommon(parts, out); !ok) return ok.error();
  auto size = readPageSize(parts, "max-keys");
  if (!size) return size.error();
  out.maxKeys = *size;
  if (parts.parameter("list-type").value_or("") == "2") {
    out.version = 2;
    if (auto ok = readSecondVersion(parts, out); !ok) return ok.error();
    return Action(std::move(out));
  }
  auto marker = readListText(parts, "marker");
  if (!marker) return marker.error();
  out.marker = std::move(*marker);
  return Action(std::move(out));
}

Answer<Action> parseListVersions(const Parts& parts) {
  ListObjectVersions out;
  if (auto ok = readCommon(parts, out); !ok) return ok.error();
  auto size = readPageSize(parts, "max-keys");
  if (!size) return size.error();
  auto key = readListText(parts, "key-marker");
  if (!key) return key.error();
  out.maxKeys = *size;
  out.keyMarker = std::move(*key);
  out.versionMarker = parts.text("version-id-marker");
  if (!out.versionMarker.empty() && out.keyMarker.empty())
    return badArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker",
                       out.versionMarker);
  return Action(std::move(out));
}

Answer<Action> parseListUploads(const Parts& parts) {
  ListUploads out;
  if (auto ok = readCommon(parts, out); !ok) return ok.error();
  auto size = readPageSize(parts, "max-uploads");
  if (!size) return size.error();
  auto key = readListText(parts, "key-marker");
  if (!key) return key.error();
  auto upload = readListText(parts, "upload-id-marker");
  if (!upload) return upload.error();
  out.maxUploads = *size;
  out.keyMarker = std::move(*key);
  // Without a key marker S3 ignores this one.
  if (!out.keyMarker.empty()) out.uploadMarker = std::move(*upload);
  return Action(std::move(out));
}

Answer<Action> parseListParts(const Parts& parts) {
  auto id = readUploadId(parts);
  if (!id) return id.error();
  auto size = readPageSize(parts, "max-parts");
  if (!size) return size.error();
  ListParts out;
  out.uploadId = std::move(*id);
  out.maxParts = *size;
  if (const auto marker = parts.parameter("part-number-marker"); marker && !marker->empty()) {
    const auto value = decimal(*marker);
    if (!value || *value > 0x7fffffff)
      return badArgument("Provided part-number-marker not an integer or within integer range", "part-number-marker",
                         *marker);
    out.marker = static_cast<std::uint32_t>(*value);
  }
  return Action(std::move(out));
}

}  // namespace cairn::s3
