// EIP-712: the document of eth_signTypedData_v4, {"types", "primaryType", "domain", "message"}, to the digest that a
// wallet signs and to the lines that a person reads before. docs/formats/typed-data.md has the reading of the EIP where
// implementations differ.
//
// Contract: immutable values, any thread. parse() hashes everything, so a TypedData is valid as a whole and lines()
// shows exactly what its digest covers. Strict: every member that a type names must be there and nothing else may be,
// in the document, the domain and the message; atomic values as in typed_values.h; fixed arrays of exactly their
// length. A struct that is null or absent counts as 32 zero bytes, as in eth_signTypedData_v4 (which is how a recursive
// type ends); nothing else may be. The domain may have any of the five fields of the EIP, in the order of its type; a
// document without the type EIP712Domain must have an empty domain. With EIP712Domain as the primary type the message
// is empty and the digest covers the domain alone. Refused with Errc::invalid, with the path of what is wrong; what
// would cost too much with Errc::too_large: over kMaxTypedDataBytes, deeper than kMaxTypedDepth, more than
// kMaxTypedWords words to hash, or types over the limits of typed_types.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/identity/typed_types.h"

namespace cairn::identity {

inline constexpr std::size_t kMaxTypedDataBytes = 256 * 1024;
inline constexpr int kMaxTypedDepth = 64;
inline constexpr std::size_t kMaxTypedWords = 128 * 1024;

/// One value as a person reads it; value is on one line and cannot imitate another one.
struct TypedLine {
  std::string path;   ///< "domain.chainId", "message.to[0].wallets[1]"
  std::string type;   ///< as the types name it
  std::string value;  ///< as showAtomic() writes it; null, [] or {} for what has no parts
  friend bool operator==(const TypedLine&, const TypedLine&) = default;
};

class TypedData {
 public:
  static Result<TypedData> parse(std::string_view json);

  const std::string& primaryType() const { return types_.at(primary_).name; }
  const TypedTypes& types() const { return types_; }
  const Digest& domainSeparator() const { return domainSeparator_; }
  /// hashStruct(message); nullopt when the primary type is EIP712Domain.
  const std::optional<Digest>& messageHash() const { return messageHash_; }
  /// What is signed: keccak256(0x19 01, domainSeparator, messageHash).
  const Digest& digest() const { return digest_; }

  /// The domain's and the message's values in the order in which they are hashed.
  std::vector<TypedLine> lines() const;

 private:
  TypedData() = default;
  Status read(Json document);
  Status readTypes(const Json& document);

  TypedTypes types_;
  std::size_t domainType_ = 0, primary_ = 0;
  Json domain_, message_;
  Digest domainSeparator_{}, digest_{};
  std::optional<Digest> messageHash_;
};

/// "path: value" a line, the primary type first.
std::string toText(const TypedData& data);

}  // namespace cairn::identity
