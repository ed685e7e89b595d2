// The Range header of a read (RFC 9110 section 14), as S3 treats it.
//
// Contract: pure, any thread. Sizes and offsets are bytes. Only a single range of unit "bytes" means anything; a list
// of ranges, another unit or bad syntax is ignored and the whole object is given, as S3 does. Numbers too large for 64
// bits count as the largest. resolve() clamps to the object and says when nothing of it is asked for (416).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn::http {

struct ByteRange {
  std::optional<std::uint64_t> first;  ///< absent: the last `last` bytes
  std::optional<std::uint64_t> last;   ///< inclusive; absent: to the end
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

std::optional<ByteRange> parseRange(std::string_view header);

struct Extent {
  std::uint64_t offset = 0, length = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// nullopt: not satisfiable.
std::optional<Extent> resolve(const ByteRange& range, std::uint64_t size);
/// The field that tells which part of `size` bytes is given.
std::string contentRange(const Extent& extent, std::uint64_t size);

}  // namespace cairn::http
