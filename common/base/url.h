// Percent-encoding and query strings, as SigV4 and S3 need them.
//
// Contract: pure functions, any thread. Decoding is strict: a '%' not followed by two hexadecimal digits is
// Errc::invalid, never passed through, so that two readers cannot see two different names. Decoded bytes are not
// checked for UTF-8 or control characters: the doors do that. Formats: RFC 3986, and "UriEncode" of AWS Signature
// Version 4.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn {

enum class Plus { literal, space };  ///< what '+' means: itself in paths, a space in S3's and forms' queries
enum class Slash { encode, keep };

Result<std::string> percentDecode(std::string_view text, Plus plus = Plus::literal);

/// Keeps A-Z a-z 0-9 - . _ ~ (and '/' if asked); everything else becomes %XX in upper-case hexadecimal.
std::string uriEncode(std::string_view text, Slash slash = Slash::encode);

struct QueryPair {
  std::string name, value;             ///< decoded
  std::string_view rawName, rawValue;  ///< as sent; views into the parsed text
  bool hasEquals = false;              ///< "?acl" and "?acl=" differ here only
};

/// In the order sent; empty pieces ("a=1&&b=2") are skipped.
Result<std::vector<QueryPair>> parseQuery(std::string_view rawQuery, Plus plus = Plus::space);

}  // namespace cairn
