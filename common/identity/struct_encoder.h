// EIP-712 for struct types that are known when the program is written: no JSON, the type's hash computed once, and a
// message's digest at the price of its permutations of Keccak.
//
//   const StructType kLogin("Login", {{"address", "wallet"}, {"uint256", "exp"}});      // once
//   const Digest kDomain = Domain{.name = "Cairn", .version = "1"}.separator();         // once
//   const Digest digest = typedDataDigest(kDomain, StructEncoder(kLogin).address(w).uint(exp).finish());
//
// Contract: a StructType is immutable, any thread, and outlives the encoders made of it; a type that EIP-712 does not
// have is a broken invariant, as is a StructEncoder given another kind of value than its next member's, a number that
// the member's type cannot hold, or finish() before the last. Hashes are those that TypedData gives for the same types
// and values; document() writes the JSON that a wallet signs.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/identity/typed_values.h"

namespace cairn::identity {

inline constexpr std::array<std::uint8_t, 2> kTypedDataPrefix = {0x19, 0x01};

class StructType {
 public:
  struct Field {
    std::string_view type, name;
  };
  /// `uses`: the struct types that the fields name.
  StructType(std::string_view name, std::initializer_list<Field> fields,
             std::initializer_list<const StructType*> uses = {});

  const std::string& name() const { return types_.at(own_).name; }
  const Digest& typeHash() const { return types_.at(own_).typeHash; }
  std::string encodeType() const { return types_.encodeType(own_); }

 private:
  friend class StructEncoder;
  friend std::string typesJson(const StructType& type, const std::string& domainFields);
  enum class Slot : std::uint8_t { uint, integer, boolean, address, fixed_bytes, bytes, text, structure, array };
  struct Member {
    Slot slot;
    std::uint16_t size;
  };

  std::vector<TypedTypes::Declaration> declarations_;  ///< its own first
  TypedTypes types_;
  std::size_t own_ = 0;
  std::vector<Member> members_;
};

class StructEncoder {
 public:
  explicit StructEncoder(const StructType& type);

  StructEncoder& uint(std::uint64_t value);
  StructEncoder& integer(std::int64_t value);
  /// A uintN or intN that 64 bits do not hold, as its word.
  StructEncoder& wide(const Word& value);
  StructEncoder& boolean(bool value);
  StructEncoder& address(const Address& value);
  /// bytesN: exactly N bytes.
  StructEncoder& fixedBytes(BytesView value);
  StructEncoder& bytes(BytesView value);
  StructEncoder& text(std::string_view value);
  /// A text by its Keccak.
  StructEncoder& hashedText(const Digest& hash);
  /// A nested struct: what its encoder's finish() gave; Word{} for null.
  StructEncoder& structure(const Digest& hash);
  /// An array by the words of its items: wordOf(), a digest for a struct, the Keccak of a string or bytes.
  StructEncoder& array(std::span<const Word> items);
  /// string[].
  StructEncoder& texts(std::span<const std::string> items);
  /// hashStruct.
  Digest finish();

 private:
  const StructType::Member& next(StructType::Slot slot);

  const std::vector<StructType::Member>& members_;
  std::size_t at_ = 0;
  Keccak256 hash_;
};

/// A domain with those fields that are set.
struct Domain {
  std::optional<std::string> name{};
  std::optional<std::string> version{};
  std::optional<std::uint64_t> chainId{};
  std::optional<Address> verifyingContract{};
  std::optional<Digest> salt{};

  Digest separator() const;
};

/// keccak256(0x19 01, domainSeparator, structHash): what is signed.
Digest typedDataDigest(const Digest& domainSeparator, const Digest& structHash);

/// The document for eth_signTypedData_v4; `message` is the JSON object of the message.
std::string document(const Domain& domain, const StructType& type, std::string_view message);

}  // namespace cairn::identity
