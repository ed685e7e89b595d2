#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

/// Which of the two ways a multipart checksum is made; S3 allows full-object ones for CRCs only, composite ones for all
/// but CRC-64, and defaults to composite where it can.
Answer<bool> readChecksumType(const Parts& parts, std::optional<DigestAlgorithm> algorithm) {
  const auto given = parts.header("x-amz-checksum-type");
  if (!algorithm) {
    if (given)
      return refuse(ErrorCode::InvalidRequest,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    return false;
  }
  if (!given) return *algorithm == DigestAlgorithm::crc64nvme;
  const bool full = *given == "FULL_OBJECT";
  if (!full && *given != "COMPOSITE")
    return refuse(ErrorCode::InvalidRequest, "Value for x-amz-checksum-type header is invalid.");
  if (full ? !isCrc(*algorithm) : *algorithm == DigestAlgorithm::crc64nvme)
    return refuse(ErrorCode::InvalidRequest, "The " + std::string(*given) + " checksum type cannot be used with the " +
                                                 lowerCase(checksumName(*algorithm)) + " checksum algorithm.");
  return full;
}

Answer<Action> parseCreate(const Parts& parts) {
  auto attributes = readAttributes(parts);
  if (!attributes) return attributes.error();
  CreateUpload out;
  out.attributes = std::move(*attributes);
  if (const auto name = parts.header("x-amz-checksum-algorithm")) {
    out.algorithm = parseChecksumName(trimmed(*name));
    if (!out.algorithm)
      return refuse(ErrorCode::InvalidRequest,
                    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
                    "CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  auto full = readChecksumType(parts, out.algorithm);
  if (!full) return full.error();
  out.fullObject = *full;
  return Action(std::move(out));
}

/// bytes=first-last, both given: copies of parts know no other form.
Answer<http::ByteRange> readCopyRange(std::string_view header) {
  const auto range = http::parseRange(header);
  if (!range || !range->first || !range->last)
    return badArgument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
        "the zero-based offsets of the first and last bytes to copy",
        "x-amz-copy-source-range", header);
  return *range;
}

Answer<Action> parsePart(const Parts& parts) {
  const auto number = readPartNumber(parts.parameter("partNumber").value_or(""));
  if (!number) return number.error();
  auto id = readUploadId(parts);
  if (!id) return id.error();
  if (!parts.header("x-amz-copy-source")) {
    auto claims = readClaims(parts);
    if (!claims) return claims.error();
    return Action(UploadPart{std::move(*id), *number, std::move(*claims)});
  }
  auto source = readCopySource(parts);
  if (!source) return source.error();
  UploadPartCopy out{std::move(*id), *number, std::move(*source), std::nullopt};
  if (const auto header = parts.header("x-amz-copy-source-range")) {
    auto range = readCopyRange(*header);
    if (!range) return range.error();
    out.range = *range;
  }
  return Action(std::move(out));
}

/// The checksum of the object to be made: an ordinary one, or "<base64>-<parts>" for a composite one.
Answer<std::optional<bucket::Checksum>> readExpectedChecksum(const Parts& parts) {
  std::optional<bucket::Checksum> out;
  for (const auto [name, value] : parts.request.headers) {
    const auto algorithm = checksumFromHeader(lowerCase(name));
    if (!algorithm) continue;
    std::string_view text = trimmed(value);
    const auto dash = text.find('-');
    const bool composite = dash != std::string_view::npos && decimal(text.substr(dash + 1));
    if (composite) text = text.substr(0, dash);
    auto bytes = fromBase64(text);
    if (out || !bytes || bytes->size() != digestSize(*algorithm))
      return refuse(ErrorCode::InvalidRequest, "Value for " + lowerCase(name) + " header is invalid.");
    out = bucket::Checksum{std::string(checksumName(*algorithm)), std::move(*bytes), composite};
  }
  return out;
}

Answer<Action> parseComplete(const Parts& parts) {
  auto id = readUploadId(parts);
  if (!id) return id.error();
  auto conditions = readWriteConditions(parts);
  if (!conditions) return conditions.error();
  auto expected = readExpectedChecksum(parts);
  if (!expected) return expected.error();
  auto md5 = readContentMd5(parts);
  if (!md5) return md5.error();
  CompleteUpload out;
  out.uploadId = std::move(*id);
  out.claims.contentMd5 = std::move(*md5);
  out.conditions = std::move(*conditions);
  out.expected = std::move(*expected);
  if (const auto size = parts.header("x-amz-mp-object-size")) {
    out.expectedSize = decimal(trimmed(*size));
    if (!out.expectedSize) return badArgument("not a number of bytes", "x-amz-mp-object-size", *size);
  }
  return Action(std::move(out));
}

}  // namespace

std::optional<Answer<Action>> parseMultipartAction(const Parts& parts) {
  const std::string& method = parts.request.method;
  const bool id = parts.has("uploadId");
  if (method == "POST" && parts.has("uploads")) return parseCreate(parts);
  if (method == "POST" && id) return parseComplete(parts);
  if (method == "PUT" && (id || parts.has("partNumber"))) {
    if (!id)
      return Answer<Action>(badArgument("This operation does not accept a part number without an upload id",
                                        "partNumber", parts.text("partNumber")));
    return parsePart(parts);
  }
  if (method == "GET" && id) return parseListParts(parts);
  if (method == "DELETE" && id) {
    auto upload = readUploadId(parts);
    if (!upload) return Answer<Action>(upload.error());
    return Answer<Action>(Action(AbortUpload{std::move(*upload)}));
  }
  return std::nullopt;
}

}  // namespace cairn::s3
