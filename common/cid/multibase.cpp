#include "common/cid/multibase.h"

#include <algorithm>
#include <array>

namespace cairn {
namespace {

struct Base {
  char prefix;
  int bits;  ///< per character; 0 where the base is no power of two and the text is one big number
  std::string_view alphabet;
};

constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

constexpr std::array kBases{
    Base{'b', 5, kBase32},
    Base{'B', 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
    Base{'f', 4, "0123456789abcdef"},
    Base{'F', 4, "0123456789ABCDEF"},
    Base{'k', 0, "0123456789abcdefghijklmnopqrstuvwxyz"},
    Base{'K', 0, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    Base{'m', 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
    Base{'u', 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
    Base{'z', 0, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
};

using Digits = std::array<std::int8_t, 256>;

Digits digitsOf(std::string_view alphabet) {
  Digits digits;
  digits.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return digits;
}

std::optional<Bytes> decodeBits(std::string_view text, const Digits& digits, int bits) {
  Bytes out;
  out.reserve(text.size() * static_cast<std::size_t>(bits) / 8);
  std::uint32_t pending = 0;
  int have = 0;
  for (const char c : text) {
    const int digit = digits[static_cast<std::uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    pending = (pending << bits) | static_cast<std::uint32_t>(digit);
    have += bits;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<std::uint8_t>(pending >> have));
    pending &= (1U << have) - 1;
  }
  // A whole spare character, or spare bits that are not zero, would be a second spelling of the same bytes.
  if (have >= bits || pending != 0) return std::nullopt;
  return out;
}

std::optional<Bytes> decodeNumber(std::string_view text, const Digits& digits, std::uint32_t base) {
  const std::size_t zeros = static_cast<std::size_t>(
      std::find_if(text.begin(), text.end(), [&](char c) { return digits[static_cast<std::uint8_t>(c)] != 0; }) -
      text.begin());
  Bytes number;  // least significant byte first
  for (const char c : text.substr(zeros)) {
    const int digit = digits[static_cast<std::uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    std::uint32_t carry = static_cast<std::uint32_t>(digit);
    for (std::uint8_t& b : number) {
      carry += b * base;
      b = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) number.push_back(static_cast<std::uint8_t>(carry));
  }
  number.insert(number.end(), zeros, 0);
  std::reverse(number.begin(), number.end());
  return number;
}

}  // namespace

std::optional<Bytes> decodeMultibase(std::string_view text) {
  if (text.empty() || text.size() > kMaxMultibaseText) return std::nullopt;
  const auto base = std::find_if(kBases.begin(), kBases.end(), [&](const Base& b) { return b.prefix == text[0]; });
  if (base == kBases.end()) return std::nullopt;
  const Digits digits = digitsOf(base->alphabet);
  text.remove_prefix(1);
  if (base->bits != 0) return decodeBits(text, digits, base->bits);
  return decodeNumber(text, digits, static_cast<std::uint32_t>(base->alphabet.size()));
}

std::string encodeBase32(BytesView bytes) {
  std::string out;
  out.reserve(1 + (bytes.size() * 8 + 4) / 5);
  out.push_back('b');
  std::uint32_t pending = 0;
  int have = 0;
  for (const std::uint8_t b : bytes) {
    pending = (pending << 8) | b;
    for (have += 8; have >= 5;) {
      have -= 5;
      out.push_back(kBase32[(pending >> have) & 31]);
    }
  }
  if (have > 0) out.push_back(kBase32[(pending << (5 - have)) & 31]);
  return out;
}

}  // namespace cairn
