// Conditional requests: RFC 9110 section 13, for reads, writes and copies.
//
// Contract: pure, any thread. Entity tags are kept without quotes; a tag without quotes is read as if it had them,
// since S3 clients send both. If-Match compares strongly: a weak tag in it stays as W/"..." and matches nothing. A date
// that cannot be read makes its condition absent. Times are compared in whole seconds, for that is all a client ever
// saw.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/bucket/service.h"

namespace cairn::s3 {

struct ReadConditions {
  std::vector<std::string> ifMatch{}, ifNoneMatch{};
  std::optional<Timestamp> ifModifiedSince{}, ifUnmodifiedSince{};
  friend bool operator==(const ReadConditions&, const ReadConditions&) = default;
};

enum class Verdict { go_on, not_modified, failed };

/// Precedence of RFC 9110 section 13.2.2, for GET and HEAD of an object that exists.
Verdict checkRead(const ReadConditions& conditions, const bucket::Entry& entry);

/// `weakTags`: If-None-Match, where W/"x" is x.
std::vector<std::string> parseEntityTags(std::string_view header, bool weakTags);

/// If-Range: true when the range may be given.
bool rangeStillValid(std::string_view ifRange, const bucket::Entry& entry, Timestamp now);

}  // namespace cairn::s3
