// Dates as S3 writes and reads them.
//
// Contract: pure functions, any thread, no locale, no time zone of the machine. Writing: httpDate() is RFC 9110's
// IMF-fixdate (whole seconds, cut), isoDate() is ISO 8601 in UTC with milliseconds. Reading takes the three forms of
// RFC 9110 section 5.6.7 and gives nullopt for anything else; a two-digit year more than 50 years ahead of `now` is in
// the past.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace cairn::s3 {

std::string httpDate(Timestamp at);
std::string isoDate(Timestamp at);
void appendIsoDate(std::string& out, Timestamp at);
std::optional<Timestamp> parseHttpDate(std::string_view text, Timestamp now);
/// ISO 8601 as the x-amz-copy-source-if-*-since headers may have it: YYYY-MM-DDThh:mm:ss[.fff]Z.
std::optional<Timestamp> parseIsoDate(std::string_view text);

}  // namespace cairn::s3
