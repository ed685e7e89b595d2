// Unsigned varints as multiformats and CAR use them (https://github.com/multiformats/unsigned-varint): base 128, least
// significant group first, at most 9 bytes, shortest form only.
//
// Contract: pure functions, any thread. readVarint() moves `at` past the number, or leaves it alone and says what is
// wrong: `short_` when the input ends inside the number (more bytes may complete it), `bad` when no continuation can.
#pragma once

#include <cstdint>

#include "common/base/bytes.h"

namespace cairn {

enum class VarintState : std::uint8_t { ok, short_, bad };

/// `maxBytes` is 9 for multiformats, 10 for protobuf, whose numbers may fill 64 bits.
inline VarintState readVarint(BytesView data, std::size_t& at, std::uint64_t& value, int maxBytes = 9) {
  std::uint64_t v = 0;
  for (int i = 0; i < maxBytes; ++i) {
    if (at + static_cast<std::size_t>(i) >= data.size()) return VarintState::short_;
    const std::uint8_t b = data[at + static_cast<std::size_t>(i)];
    if (i == 9 && b > 1) return VarintState::bad;  // past 64 bits
    v |= static_cast<std::uint64_t>(b & 0x7f) << (7 * i);
    if ((b & 0x80) != 0) continue;
    if (b == 0 && i > 0) return VarintState::bad;  // a shorter form exists
    at += static_cast<std::size_t>(i) + 1;
    value = v;
    return VarintState::ok;
  }
  return VarintState::bad;
}

inline void appendVarint(Bytes& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<std::uint8_t>(v | 0x80));
  out.push_back(static_cast<std::uint8_t>(v));
}

inline std::size_t varintBytes(std::uint64_t v) {
  std::size_t n = 1;
  for (; v >= 0x80; v >>= 7) ++n;
  return n;
}

}  // namespace cairn
