// A small strict JSON reader (RFC 8259) for tokens, in which a lenient one would be a hole.
//
// Contract: pure, any thread. parseJson() reads one value and nothing after it; nullopt for anything that RFC 8259 does
// not allow and for what it leaves open: a name twice in an object, invalid UTF-8, lone surrogates, a byte order mark,
// nesting deeper than kMaxJsonDepth, numbers that do not fit a double. Memory is a small multiple of the input: callers
// bound that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::auth {

inline constexpr int kMaxJsonDepth = 16;

struct Json {
  enum class Kind { null, boolean, number, text, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json, std::less<>> members;

  /// A member of an object; null when there is none.
  const Json* find(std::string_view name) const;
};

std::optional<Json> parseJson(std::string_view text);

}  // namespace cairn::auth
