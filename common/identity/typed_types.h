// The struct types of EIP-712 typed data: their grammar, encodeType and typeHash.
//
// Contract: a TypedTypes is a checked set of struct types: every type named in it is atomic (bytes1..32, uint8..256,
// int8..256 in steps of 8, bool, address, bytes, string), or a struct of the set, or arrays of such, fixed (T[3]) or
// not (T[]), in up to kMaxDimensions dimensions. Structs may refer to themselves and one another. Refused with
// Errc::invalid in words that name the type: anything else, uint and int without a size, a struct named like an atomic
// type, a member twice, names that are not identifiers (a struct's may also hold ':'), and more than the limits below,
// which are Errc::too_large. Immutable once made; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/identity/keccak.h"

namespace cairn::identity {

inline constexpr std::size_t kMaxTypes = 64;
inline constexpr std::size_t kMaxTypesBytes = 65536;  ///< of all struct types written as by encodeType
inline constexpr std::size_t kMaxDimensions = 8;
inline constexpr std::string_view kDomainType = "EIP712Domain";

enum class TypeKind : std::uint8_t { uint, integer, boolean, address, fixed_bytes, bytes, text, structure };

struct TypeRef {
  TypeKind kind = TypeKind::text;
  std::uint16_t size = 0;     ///< bits of an integer, bytes of bytesN
  std::size_t structure = 0;  ///< which struct of the set
  std::string name;           ///< as it is written, with its dimensions
  /// Innermost first; nullopt is a dynamic one.
  std::vector<std::optional<std::uint32_t>> dimensions;
};

struct TypedMember {
  std::string name;
  TypeRef type;
};

struct TypedStructure {
  std::string name;
  std::vector<TypedMember> members;
  Digest typeHash{};
};

class TypedTypes {
 public:
  /// A struct type before it is checked.
  struct Declaration {
    struct Member {
      std::string type, name;
    };
    std::string name;
    std::vector<Member> members;
  };

  static Result<TypedTypes> declare(std::vector<Declaration> declarations);
  /// The `types` of a document: {"Name": [{"name": ..., "type": ...}, ...], ...}.
  static Result<TypedTypes> parse(const Json& types);

  const std::vector<TypedStructure>& all() const { return structures_; }
  std::optional<std::size_t> find(std::string_view name) const;
  const TypedStructure& at(std::size_t structure) const { return structures_[structure]; }
  /// The struct first, then all that it refers to, sorted by name.
  std::string encodeType(std::size_t structure) const;

 private:
  Result<TypeRef> resolve(std::string_view type) const;
  Status add(const Declaration& declaration, TypedStructure& to);
  std::vector<TypedStructure> structures_;
};

}  // namespace cairn::identity
