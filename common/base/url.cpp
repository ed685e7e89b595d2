#include "common/base/url.h"

#include <cstdint>

namespace cairn {
namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

Result<std::string> percentDecode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      int high = i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
      int low = high >= 0 ? hexDigit(text[i + 2]) : -1;
      if (low < 0)
        return fail(Errc::invalid,
                    "malformed percent-encoding at byte " + std::to_string(i) + ": '%' needs two hex digits");
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

std::string uriEncode(std::string_view text, Slash slash) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (char c : text) {
    if (unreserved(c) || (c == '/' && slash == Slash::keep)) {
      out.push_back(c);
    } else {
      auto u = static_cast<std::uint8_t>(c);
      out.push_back('%');
      out.push_back(digits[u >> 4]);
      out.push_back(digits[u & 15]);
    }
  }
  return out;
}

Result<std::vector<QueryPair>> parseQuery(std::string_view rawQuery, Plus plus) {
  std::vector<QueryPair> pairs;
  while (!rawQuery.empty()) {
    std::size_t end = rawQuery.find('&');
    std::string_view piece = rawQuery.substr(0, end);
    rawQuery = end == rawQuery.npos ? std::string_view() : rawQuery.substr(end + 1);
    if (piece.empty()) continue;
    QueryPair pair;
    std::size_t equals = piece.find('=');
    pair.hasEquals = equals != piece.npos;
    pair.rawName = piece.substr(0, equals);
    if (pair.hasEquals) pair.rawValue = piece.substr(equals + 1);
    auto name = percentDecode(pair.rawName, plus);
    if (!name) return name.error();
    auto value = percentDecode(pair.rawValue, plus);
    if (!value) return value.error();
    pair.name = std::move(*name);
    pair.value = std::move(*value);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

}  // namespace cairn
