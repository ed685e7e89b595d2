// The address of a wallet: the last 20 bytes of Keccak-256 over its public key.
//
// Contract: a value; pure, any thread. Texts are 0x and 40 hexadecimal digits. parse() is for what people and
// configuration write: all lower case, all upper case, or the mixed case of EIP-55 with its checksum right; anything
// else is Errc::invalid, in words that tell a typing mistake from another format. parseAnyCase() drops the checksum,
// for version-1 tokens, whose issuers write what they like.
#pragma once

#include <array>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/identity/secp.h"

namespace cairn::identity {

class Address {
 public:
  using Raw = std::array<std::uint8_t, 20>;

  Address() = default;
  explicit Address(const Raw& bytes) : bytes_(bytes) {}

  static Result<Address> parse(std::string_view text);
  static Result<Address> parseAnyCase(std::string_view text);
  static Address of(const PublicKey& key);
  /// From the point itself: x and y, 64 bytes.
  static Address ofPoint(std::span<const std::uint8_t, 64> point);

  const Raw& bytes() const { return bytes_; }
  /// 0x and the mixed case of EIP-55, for people.
  std::string text() const;
  /// 0x and lower case: an owner's id.
  std::string lowerCase() const;

  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  Raw bytes_{};
};

}  // namespace cairn::identity

template <>
struct std::hash<cairn::identity::Address> {
  std::size_t operator()(const cairn::identity::Address& a) const noexcept {
    return std::hash<std::string_view>{}(cairn::asText(a.bytes()));
  }
};
