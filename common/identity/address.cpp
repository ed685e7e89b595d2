#include "common/identity/address.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/identity/keccak.h"

namespace cairn::identity {
namespace {

/// The mixed case of EIP-55 for 40 lower-case digits.
std::string checksummed(std::string digits) {
  const Digest hash = keccak256(asBytes(digits));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
    if (nibble >= 8 && digits[i] >= 'a') digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return digits;
}

}  // namespace

Result<Address> Address::parseAnyCase(std::string_view text) {
  if (!text.starts_with("0x")) return fail(Errc::invalid, "an address starts with 0x");
  if (text.size() != 42) return fail(Errc::invalid, "an address has 40 hexadecimal digits after 0x");
  const auto bytes = fromHex(text.substr(2));
  if (!bytes) return fail(Errc::invalid, "an address has hexadecimal digits only");
  Raw raw;
  std::copy(bytes->begin(), bytes->end(), raw.begin());
  return Address(raw);
}

Result<Address> Address::parse(std::string_view text) {
  auto address = parseAnyCase(text);
  if (!address) return address;
  const std::string_view digits = text.substr(2);
  const bool hasLower = std::any_of(digits.begin(), digits.end(), [](char c) { return c >= 'a'; });
  const bool hasUpper = std::any_of(digits.begin(), digits.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  if (hasLower && hasUpper && digits != checksummed(lowered(digits)))
    return fail(Errc::invalid, "the address's mixed case is not its EIP-55 checksum; a digit may be mistyped");
  return address;
}

Address Address::ofPoint(std::span<const std::uint8_t, 64> point) {
  const Digest hash = keccak256(point);
  Raw raw;
  std::copy(hash.end() - 20, hash.end(), raw.begin());
  return Address(raw);
}

Address Address::of(const PublicKey& key) {
  return ofPoint(uncompressed(key));
}

std::string Address::text() const {
  return "0x" + checksummed(toHex(bytes_));
}

std::string Address::lowerCase() const {
  return "0x" + toHex(bytes_);
}

}  // namespace cairn::identity
