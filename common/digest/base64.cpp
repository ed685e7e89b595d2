#include "common/digest/base64.h"

#include <array>

namespace cairn {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(BytesView data, std::string_view alphabet) {
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : data) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 63];
  }
  if (count != 0) out += alphabet[bits << (6 - count) & 63];
  return out;
}

/// What each byte stands for; kNone: nothing.
using Values = std::array<std::uint8_t, 256>;
constexpr std::uint8_t kNone = 0x40;
constexpr Values valuesOf(std::string_view alphabet) {
  Values values;
  values.fill(kNone);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr Values kStandardValues = valuesOf(kStandard), kUrlValues = valuesOf(kUrl);

std::optional<Bytes> decode(std::string_view text, const Values& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  Bytes out(text.size() * 3 / 4);
  std::uint8_t* to = out.data();
  std::uint32_t bits = 0, wrong = 0;
  const auto take = [&](char c) {
    const std::uint32_t value = values[static_cast<unsigned char>(c)];
    wrong |= value;
    bits = bits << 6 | (value & 63);
  };
  const std::size_t whole = text.size() / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4, bits = 0) {
    for (std::size_t n = 0; n < 4; ++n) take(text[i + n]);
    for (int shift : {16, 8, 0}) *to++ = static_cast<std::uint8_t>(bits >> shift);
  }
  for (const char c : text.substr(whole)) take(c);
  unsigned count = static_cast<unsigned>(text.size() - whole) * 6;
  for (; count >= 8; count -= 8) *to++ = static_cast<std::uint8_t>(bits >> (count - 8));
  if ((wrong & kNone) != 0 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string base64(BytesView data) {
  std::string out = encode(data, kStandard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> fromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, kStandardValues);
}

std::string base64Url(BytesView data) {
  return encode(data, kUrl);
}

std::optional<Bytes> fromBase64Url(std::string_view text) {
  return decode(text, kUrlValues);
}

}  // namespace cairn
