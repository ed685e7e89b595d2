// A small strict JSON reader (RFC 8259) for what is signed, in which a lenient one would be a hole.
//
// Contract: pure, any thread. readJson() reads one value and nothing after it. Refused with Errc::invalid, saying where
// and why: anything that RFC 8259 does not allow, and what it leaves open: a name twice in an object, invalid UTF-8,
// lone surrogates, a byte order mark, nesting deeper than `maxDepth`, numbers that do not fit a double. A number keeps
// its exact text, since the integers of contracts do not fit a double. parseJson() is the same without the reason.
// Memory is a small multiple of the input: callers bound that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn {

inline constexpr int kMaxJsonDepth = 16;

struct Json {
  enum class Kind { null, boolean, number, text, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;  ///< a string's value, or a number as it was written
  std::vector<Json> items;
  std::map<std::string, Json, std::less<>> members;

  /// A member of an object; null when there is none.
  const Json* find(std::string_view name) const;
};

Result<Json> readJson(std::string_view text, int maxDepth = kMaxJsonDepth);
std::optional<Json> parseJson(std::string_view text);
/// `text`, which is UTF-8, as a JSON string, spelled as JSON.stringify does.
std::string quoteJson(std::string_view text);

}  // namespace cairn
