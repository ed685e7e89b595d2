// A request's head as the parsers of this folder look at it: method, decoded query, headers, and what many operations
// read in the same way.
//
// Contract: internal to daemon/s3. Borrows the request; pure, any thread. Reading functions give the S3 error of the
// argument that is wrong. One function per family of operations (parseBucketAction ...) is defined in its own
// parse_*.cpp.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/url.h"
#include "daemon/http/message.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

struct Parts {
  const http::Request& request;
  std::vector<QueryPair> query;
  Timestamp now;

  /// The first parameter of that name; nullopt when absent.
  std::optional<std::string_view> parameter(std::string_view name) const;
  bool has(std::string_view name) const { return parameter(name).has_value(); }
  std::string text(std::string_view name) const { return std::string(parameter(name).value_or("")); }
  std::optional<std::string_view> header(std::string_view name) const { return request.headers.find(name); }
};

std::string lowerCase(std::string_view text);
std::string_view trimmed(std::string_view text);
bool startsWith(std::string_view name, std::string_view lowerCasePrefix);
/// Splits at commas, trimmed, empty pieces dropped.
std::vector<std::string_view> listOf(std::string_view text);
std::optional<std::uint64_t> decimal(std::string_view text);

// Common readers (parse_claims.cpp, parse_common.cpp).
Answer<std::optional<Bytes>> readContentMd5(const Parts& parts);
Answer<BodyClaims> readClaims(const Parts& parts);
ReadConditions readConditions(const Parts& parts, std::string_view headerPrefix = "");
Answer<bucket::WriteConditions> readWriteConditions(const Parts& parts);
Answer<bucket::Attributes> readAttributes(const Parts& parts);
/// "/bucket/key", percent-encoded, as `header` gives it. `conditions` are left to the caller.
Answer<CopySource> readObjectName(std::string_view raw, std::string_view header);
Answer<CopySource> readCopySource(const Parts& parts);
/// Refuses what we would have to ignore: encryption, locks, grants.
Answer<void> refuseUnkeptPromises(const Parts& parts);
/// max-keys and its kin: absent is 1000, more than 1000 is 1000.
Answer<std::size_t> readPageSize(const Parts& parts, std::string_view name);
Answer<bool> readUrlEncoding(const Parts& parts);
/// prefix, delimiter and markers: UTF-8, of sane length.
Answer<std::string> readListText(const Parts& parts, std::string_view name);
Answer<void> checkVersionId(const Parts& parts, ErrorCode absent = ErrorCode::NoSuchVersion);
Answer<std::string> readUploadId(const Parts& parts);
Answer<std::uint32_t> readPartNumber(std::string_view text);

// Families (parse_bucket.cpp, parse_list.cpp, parse_object.cpp, parse_multipart.cpp).
Answer<Action> parseBucketAction(const Parts& parts);
Answer<Action> parseListObjects(const Parts& parts);
Answer<Action> parseListVersions(const Parts& parts);
Answer<Action> parseListUploads(const Parts& parts);
Answer<Action> parseListParts(const Parts& parts);
Answer<Action> parseObjectAction(const Parts& parts);
/// nullopt when nothing is to be brought back (parse_bring.cpp).
std::optional<Answer<Action>> parseBringBack(const Parts& parts);
/// nullopt when the request has nothing to do with uploads.
std::optional<Answer<Action>> parseMultipartAction(const Parts& parts);

}  // namespace cairn::s3
