// Byte strings and hexadecimal.
//
// Contract: Bytes owns, BytesView borrows and must not outlive what it looks at. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

inline BytesView asBytes(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}
inline std::string_view asText(BytesView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
inline Bytes toBytes(BytesView b) {
  return {b.begin(), b.end()};
}
inline void append(Bytes& to, BytesView more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// Lower-case hexadecimal, two digits a byte.
std::string toHex(BytesView b);
/// Accepts both cases; nullopt on an odd length or any other character.
std::optional<Bytes> fromHex(std::string_view s);

}  // namespace cairn
