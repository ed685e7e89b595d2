#include <algorithm>

#include "daemon/s3/parts.h"

// What the head says about the body: its hashes, here or in a trailer.
namespace cairn::s3 {

bool startsWith(std::string_view name, std::string_view lowerCasePrefix) {
  return name.size() >= lowerCasePrefix.size() &&
         sameIgnoringCase(name.substr(0, lowerCasePrefix.size()), lowerCasePrefix);
}

std::vector<std::string_view> listOf(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto piece = trimmed(text.substr(0, comma)); !piece.empty()) out.push_back(piece);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

namespace {

Failed manyChecksums() {
  return refuse(ErrorCode::InvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
}

Answer<void> readHeadChecksum(const Parts& parts, BodyClaims& claims) {
  for (const auto [name, value] : parts.request.headers) {
    if (!startsWith(name, "x-amz-checksum-")) continue;
    const auto algorithm = checksumFromHeader(lowerCase(name));
    if (!algorithm) continue;
    if (claims.algorithm) return manyChecksums();
    auto bytes = fromBase64(trimmed(value));
    if (!bytes || bytes->size() != digestSize(*algorithm))
      return refuse(ErrorCode::InvalidRequest, "Value for " + lowerCase(name) + " header is invalid.");
    claims.algorithm = algorithm;
    claims.checksum = std::move(*bytes);
  }
  return {};
}

Answer<void> readTrailerChecksum(const Parts& parts, BodyClaims& claims) {
  for (const auto field : parts.request.headers.findAll("x-amz-trailer")) {
    for (const auto name : listOf(field)) {
      const auto algorithm = checksumFromHeader(lowerCase(name));
      if (!algorithm)
        return refuse(ErrorCode::InvalidRequest, "The value specified in the x-amz-trailer header is not supported");
      if (claims.algorithm) return manyChecksums();
      claims.algorithm = algorithm;
      claims.inTrailer = true;
    }
  }
  return {};
}

}  // namespace

Answer<std::optional<Bytes>> readContentMd5(const Parts& parts) {
  const auto header = parts.header("content-md5");
  if (!header) return std::optional<Bytes>();
  auto md5 = fromBase64(trimmed(*header));
  if (!md5 || md5->size() != 16) return refuse(ErrorCode::InvalidDigest);
  return md5;
}

Answer<BodyClaims> readClaims(const Parts& parts) {
  BodyClaims claims;
  auto md5 = readContentMd5(parts);
  if (!md5) return md5.error();
  claims.contentMd5 = std::move(*md5);
  if (auto ok = readHeadChecksum(parts, claims); !ok) return ok.error();
  if (auto ok = readTrailerChecksum(parts, claims); !ok) return ok.error();
  if (const auto named = parts.header("x-amz-sdk-checksum-algorithm")) {
    const auto algorithm = parseChecksumName(trimmed(*named));
    if (!algorithm)
      return refuse(ErrorCode::InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
    if (!claims.algorithm)
      return refuse(ErrorCode::InvalidRequest,
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
                    "headers were found.");
    if (*claims.algorithm != *algorithm)
      return refuse(ErrorCode::InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return claims;
}

}  // namespace cairn::s3
