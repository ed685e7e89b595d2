#include "common/identity/typed_data.h"

#include <algorithm>
#include <array>

#include "common/identity/struct_encoder.h"
#include "common/identity/typed_values.h"

namespace cairn::identity {
namespace {

Error invalid(std::string message) {
  return fail(Errc::invalid, std::move(message));
}

/// Hashes values by their types. The path is put together from the inside out, and only when something is wrong.
class Hasher {
 public:
  explicit Hasher(const TypedTypes& types) : types_(types) {}

  /// hashStruct(value).
  Result<Word> structure(std::size_t index, const Json& value) {
    const TypedStructure& type = types_.at(index);
    if (value.kind != Json::Kind::object) return invalid(": expected an object (struct " + type.name + ")");
    Keccak256 hash;
    hash.update(type.typeHash);
    std::size_t found = 0;
    for (const TypedMember& member : type.members) {
      const Json* given = value.find(member.name);
      const auto word = memberOf(given, member);
      if (!word) return fail(word.error().code, "." + member.name + word.error().message);
      hash.update(*word);
      found += given != nullptr ? 1 : 0;
    }
    // Looked for only when there is one, or a wide struct would cost the square of its width.
    for (const auto& [name, member] : value.members)
      if (found < value.members.size() && !has(type, name))
        return invalid(": has a member that " + type.name + " does not: " + name.substr(0, 64));
    return hash.finish();
  }

 private:
  static bool has(const TypedStructure& type, std::string_view name) {
    return std::any_of(type.members.begin(), type.members.end(), [&](const auto& m) { return m.name == name; });
  }

  Result<Word> memberOf(const Json* found, const TypedMember& member) {
    static const Json kNull;
    const bool optional = member.type.kind == TypeKind::structure && member.type.dimensions.empty();
    if (found == nullptr && !optional) return invalid(": is missing (" + member.type.name + ")");
    return encode(member.type, member.type.dimensions.size(), found == nullptr ? kNull : *found);
  }

  Result<Word> encode(const TypeRef& type, std::size_t dimensions, const Json& value) {
    if (++words_ > kMaxTypedWords) return fail(Errc::too_large, ": the document has more than 131072 values to hash");
    if (dimensions > 0) return array(type, dimensions - 1, value);
    if (type.kind == TypeKind::structure)
      return value.kind == Json::Kind::null ? Result<Word>(Word{}) : structure(type.structure, value);
    auto word = encodeAtomic(type, value);
    if (!word) return invalid(": " + word.error().message + " (" + type.name + ")");
    return word;
  }

  Result<Word> array(const TypeRef& type, std::size_t inner, const Json& value) {
    if (value.kind != Json::Kind::array) return invalid(": expected an array (" + type.name + ")");
    const auto wanted = type.dimensions[inner];
    if (wanted && value.items.size() != *wanted)
      return invalid(": expected " + std::to_string(*wanted) + " items, found " + std::to_string(value.items.size()) +
                     " (" + type.name + ")");
    Keccak256 hash;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const auto word = encode(type, inner, value.items[i]);
      if (!word) return fail(word.error().code, "[" + std::to_string(i) + "]" + word.error().message);
      hash.update(*word);
    }
    return hash.finish();
  }

  const TypedTypes& types_;
  std::size_t words_ = 0;
};

Status checkDomainType(const TypedStructure& domain) {
  constexpr std::array<std::array<std::string_view, 2>, 5> kFields = {{{"name", "string"},
                                                                       {"version", "string"},
                                                                       {"chainId", "uint256"},
                                                                       {"verifyingContract", "address"},
                                                                       {"salt", "bytes32"}}};
  for (const TypedMember& member : domain.members) {
    const auto known =
        std::find_if(kFields.begin(), kFields.end(), [&](const auto& field) { return field[0] == member.name; });
    if (known == kFields.end()) return invalid("types.EIP712Domain: the EIP has no domain field " + member.name);
    if (member.type.name != (*known)[1])
      return invalid("types.EIP712Domain." + member.name + ": its type is " + std::string((*known)[1]));
  }
  return {};
}

}  // namespace

Result<TypedData> TypedData::parse(std::string_view json) {
  if (json.size() > kMaxTypedDataBytes) return fail(Errc::too_large, "the typed data are longer than 256 KiB");
  auto document = readJson(json, kMaxTypedDepth);
  if (!document) return document.error();
  TypedData data;
  if (auto read = data.read(std::move(*document)); !read) return read.error();
  return data;
}

Status TypedData::read(Json document) {
  if (document.kind != Json::Kind::object) return invalid("typed data are a JSON object");
  for (const std::string_view name : {"types", "primaryType", "domain", "message"})
    if (document.find(name) == nullptr) return invalid("the typed data have no " + std::string(name));
  if (document.members.size() != 4)
    return invalid("the typed data have more members than types, primaryType, domain and message");
  if (auto good = readTypes(document); !good) return good;
  domain_ = std::move(document.members.find("domain")->second);
  message_ = std::move(document.members.find("message")->second);

  Hasher hasher(types_);
  const auto domain = hasher.structure(domainType_, domain_);
  if (!domain) return fail(domain.error().code, "domain" + domain.error().message);
  domainSeparator_ = *domain;
  if (primary_ == domainType_) {
    if (message_.kind != Json::Kind::object || !message_.members.empty())
      return invalid("message: must be {} when the primary type is EIP712Domain, since it is not signed");
    digest_ = Keccak256().update(kTypedDataPrefix).update(domainSeparator_).finish();
    return {};
  }
  const auto message = hasher.structure(primary_, message_);
  if (!message) return fail(message.error().code, "message" + message.error().message);
  messageHash_ = *message;
  digest_ = typedDataDigest(domainSeparator_, *message);
  return {};
}

Status TypedData::readTypes(const Json& document) {
  Json types = *document.find("types");
  // Implementations disagree on what an undeclared domain means, except when it is empty.
  if (types.kind == Json::Kind::object && types.find(kDomainType) == nullptr) {
    if (!document.find("domain")->members.empty())
      return invalid("types has no EIP712Domain, so the fields of the domain have no types");
    types.members[std::string(kDomainType)].kind = Json::Kind::array;
  }
  auto parsed = TypedTypes::parse(types);
  if (!parsed) return parsed.error();
  types_ = std::move(*parsed);
  domainType_ = *types_.find(kDomainType);
  if (auto good = checkDomainType(types_.at(domainType_)); !good) return good;

  const Json& primary = *document.find("primaryType");
  if (primary.kind != Json::Kind::text) return invalid("primaryType is not a string");
  const auto found = types_.find(primary.text);
  if (!found) return invalid("primaryType is not one of types");
  primary_ = *found;
  return {};
}

}  // namespace cairn::identity
