#include "daemon/http/range.h"

#include <algorithm>
#include <limits>

#include "common/base/text.h"

namespace cairn::http {
namespace {

/// Saturating; nullopt unless all of `s` is digits and there is one at least.
std::optional<std::uint64_t> number(std::string_view s) {
  if (s.empty()) return std::nullopt;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char c : s) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (most - digit) / 10 ? most : value * 10 + digit;
  }
  return value;
}

bool startsWithBytes(std::string_view s) {
  constexpr std::string_view unit = "bytes";
  if (s.size() < unit.size()) return false;
  return std::equal(unit.begin(), unit.end(), s.begin(), [](char a, char b) { return a == (b | 0x20); });
}

}  // namespace

std::optional<ByteRange> parseRange(std::string_view header) {
  header = trim(header);
  if (!startsWithBytes(header)) return std::nullopt;
  header = trim(header.substr(5));
  if (header.empty() || header.front() != '=') return std::nullopt;
  header = trim(header.substr(1));
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view left = trim(header.substr(0, dash)), right = trim(header.substr(dash + 1));
  ByteRange range;
  if (!left.empty() && !(range.first = number(left))) return std::nullopt;
  if (!right.empty() && !(range.last = number(right))) return std::nullopt;
  if (!range.first && !range.last) return std::nullopt;
  if (range.first && range.last && *range.last < *range.first) return std::nullopt;
  return range;
}

std::optional<Extent> resolve(const ByteRange& range, std::uint64_t size) {
  if (!range.first) {
    const std::uint64_t length = std::min(*range.last, size);
    if (length == 0) return std::nullopt;
    return Extent{size - length, length};
  }
  if (*range.first >= size) return std::nullopt;
  const std::uint64_t last = range.last ? std::min(*range.last, size - 1) : size - 1;
  return Extent{*range.first, last - *range.first + 1};
}

std::string contentRange(const Extent& extent, std::uint64_t size) {
  return "bytes " + std::to_string(extent.offset) + "-" + std::to_string(extent.offset + extent.length - 1) + "/" +
         std::to_string(size);
}

}  // namespace cairn::http
