#include "common/identity/typed_values.h"

#include <algorithm>
#include <bit>

namespace cairn::identity {
namespace {

Error invalid(std::string message) {
  return fail(Errc::invalid, std::move(message));
}

std::string_view nameOf(Json::Kind kind) {
  constexpr std::string_view kNames[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return kNames[static_cast<std::size_t>(kind)];
}

Error unexpected(std::string_view wanted, const Json& value) {
  return invalid("expected " + std::string(wanted) + ", found " + std::string(nameOf(value.kind)));
}

struct Integer {
  bool negative = false;
  Word magnitude{};
};

Result<Word> fromHexDigits(std::string_view digits) {
  if (digits.empty()) return invalid("0x without digits is not an integer");
  if (digits.size() > 64) return invalid("an integer in hexadecimal has at most 64 digits");
  const auto bytes = fromHex(std::string(digits.size() % 2, '0') + std::string(digits));
  if (!bytes) return invalid("what follows 0x is not hexadecimal");
  Word word{};
  std::copy(bytes->begin(), bytes->end(), word.end() - static_cast<std::ptrdiff_t>(bytes->size()));
  return word;
}

Result<Word> fromDecimalDigits(std::string_view digits) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), digit))
    return invalid("an integer is written in decimal digits or as 0x and hexadecimal ones");
  if (digits.size() > 1 && digits.front() == '0') return invalid("an integer in decimal has no leading zeros");
  if (digits.size() > 78) return invalid("the integer does not fit 256 bits");
  Word word{};
  for (const char c : digits) {
    unsigned carry = static_cast<unsigned>(c - '0');
    for (std::size_t i = word.size(); i-- > 0; carry >>= 8) {
      carry += word[i] * 10U;
      word[i] = static_cast<std::uint8_t>(carry);
    }
    if (carry != 0) return invalid("the integer does not fit 256 bits");
  }
  return word;
}

Result<Integer> readInteger(const Json& value) {
  if (value.kind != Json::Kind::text && value.kind != Json::Kind::number)
    return unexpected("an integer (a number, or a string in decimal or 0x-hexadecimal)", value);
  std::string_view text = value.text;
  Integer integer;
  if (text.starts_with("0x")) {
    auto word = fromHexDigits(text.substr(2));
    if (!word) return word.error();
    integer.magnitude = *word;
    return integer;
  }
  if (text.starts_with('-')) integer.negative = true, text.remove_prefix(1);
  auto word = fromDecimalDigits(text);
  if (!word) return word.error();
  integer.magnitude = *word;
  if (integer.negative && integer.magnitude == Word{}) return invalid("zero has no minus sign");
  return integer;
}

/// 0 for zero, 256 for the top bit set.
unsigned bitLength(const Word& word) {
  const auto first = std::find_if(word.begin(), word.end(), [](std::uint8_t b) { return b != 0; });
  if (first == word.end()) return 0;
  return static_cast<unsigned>(word.end() - first - 1) * 8 + static_cast<unsigned>(std::bit_width(*first));
}

Word negated(Word word) {
  unsigned carry = 1;
  for (std::size_t i = word.size(); i-- > 0; carry >>= 8) {
    carry += static_cast<std::uint8_t>(~word[i]);
    word[i] = static_cast<std::uint8_t>(carry);
  }
  return word;
}

bool isPowerOfTwo(const Word& word) {
  int bits = 0;
  for (const std::uint8_t b : word) bits += std::popcount(b);
  return bits == 1;
}

Result<Word> encodeInteger(const TypeRef& type, const Json& value) {
  const auto integer = readInteger(value);
  if (!integer) return integer.error();
  const unsigned length = bitLength(integer->magnitude);
  if (type.kind == TypeKind::uint && integer->negative) return invalid("a uint cannot be negative");
  // The least value of intN, -2^(N-1), has a magnitude one bit longer than the greatest.
  const unsigned room = type.kind == TypeKind::uint ? type.size : type.size - 1U;
  const bool least = integer->negative && length == type.size && isPowerOfTwo(integer->magnitude);
  if (length > room && !least) return invalid("the integer is out of the range of its type");
  return integer->negative ? negated(integer->magnitude) : integer->magnitude;
}

Result<Bytes> readBytes(const Json& value) {
  if (value.kind != Json::Kind::text) return unexpected("bytes (a string of 0x and hexadecimal digits)", value);
  if (!value.text.starts_with("0x")) return invalid("bytes are written as 0x and hexadecimal digits");
  auto bytes = fromHex(std::string_view(value.text).substr(2));
  if (!bytes) return invalid("what follows 0x is not hexadecimal digits in pairs");
  return std::move(*bytes);
}

Result<Word> encodeFixedBytes(const TypeRef& type, const Json& value) {
  const auto bytes = readBytes(value);
  if (!bytes) return bytes.error();
  if (bytes->size() != type.size)
    return invalid("expected exactly " + std::to_string(type.size) + " bytes, found " + std::to_string(bytes->size()));
  Word word{};
  std::copy(bytes->begin(), bytes->end(), word.begin());
  return word;
}

std::string showInteger(const TypeRef& type, const Json& value) {
  Word word = *encodeInteger(type, value);
  const bool negative = type.kind == TypeKind::integer && (word[0] & 0x80) != 0;
  if (negative) word = negated(word);
  std::string digits;
  do {
    unsigned rest = 0;
    for (std::uint8_t& byte : word) {
      rest = rest << 8 | byte;
      byte = static_cast<std::uint8_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
  } while (word != Word{});
  if (negative) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

/// Whether a character could hide or forge something on a screen.
bool deceives(std::uint32_t c) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr Range kRanges[] = {
      {0x00, 0x1f},     {0x7f, 0xa0},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160},
      {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x2000, 0x200f},   {0x2028, 0x202f}, {0x205f, 0x206f},
      {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},   {0xe000, 0xf8ff},   {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
      {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};
  return std::any_of(std::begin(kRanges), std::end(kRanges), [&](Range r) { return c >= r.first && c <= r.last; });
}

std::string showText(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    // The reader of JSON has made sure that this is UTF-8.
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t c = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) c = c << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    if (deceives(c)) {
      std::string digits;
      for (std::uint32_t rest = c; rest != 0 || digits.empty(); rest >>= 4)
        digits.insert(digits.begin(), kDigits[rest & 15]);
      out += "\\u{" + digits + "}";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += text.substr(i, length);
    }
    i += length;
  }
  return out + "\"";
}

}  // namespace

Word wordOf(std::uint64_t value) {
  Word word{};
  for (std::size_t i = 32; i-- > 24; value >>= 8) word[i] = static_cast<std::uint8_t>(value);
  return word;
}

Word wordOf(const Address& address) {
  Word word{};
  std::copy(address.bytes().begin(), address.bytes().end(), word.begin() + 12);
  return word;
}

Result<Word> encodeAtomic(const TypeRef& type, const Json& value) {
  switch (type.kind) {
    case TypeKind::uint:
    case TypeKind::integer:
      return encodeInteger(type, value);
    case TypeKind::boolean:
      if (value.kind != Json::Kind::boolean) return unexpected("true or false", value);
      return wordOf(std::uint64_t{value.boolean});
    case TypeKind::address: {
      if (value.kind != Json::Kind::text) return unexpected("an address (a string)", value);
      const auto address = Address::parse(value.text);
      if (!address) return address.error();
      return wordOf(*address);
    }
    case TypeKind::fixed_bytes:
      return encodeFixedBytes(type, value);
    case TypeKind::bytes: {
      const auto bytes = readBytes(value);
      if (!bytes) return bytes.error();
      return keccak256(*bytes);
    }
    case TypeKind::text:
      if (value.kind != Json::Kind::text) return unexpected("a string", value);
      return keccak256(asBytes(value.text));
    case TypeKind::structure:
      break;
  }
  return fail(Errc::internal, "a struct is not an atomic value");
}

std::string showAtomic(const TypeRef& type, const Json& value) {
  switch (type.kind) {
    case TypeKind::uint:
    case TypeKind::integer:
      return showInteger(type, value);
    case TypeKind::boolean:
      return value.boolean ? "true" : "false";
    case TypeKind::address:
      return Address::parse(value.text)->text();
    case TypeKind::fixed_bytes:
    case TypeKind::bytes:
      return "0x" + toHex(*readBytes(value));
    default:
      return showText(value.text);
  }
}

}  // namespace cairn::identity
