#include "common/identity/struct_encoder.h"

#include <algorithm>
#include <bit>

#include "common/base/json.h"

namespace cairn::identity {
namespace {

using Declaration = TypedTypes::Declaration;

void collect(std::vector<Declaration>& all, const Declaration& one) {
  if (std::none_of(all.begin(), all.end(), [&](const Declaration& d) { return d.name == one.name; }))
    all.push_back(one);
}

/// The fields of a domain that are set: type, name, value in JSON.
struct DomainField {
  std::string_view type, name;
  std::string json;
};
std::vector<DomainField> fieldsOf(const Domain& domain) {
  std::vector<DomainField> fields;
  if (domain.name) fields.push_back({"string", "name", quoteJson(*domain.name)});
  if (domain.version) fields.push_back({"string", "version", quoteJson(*domain.version)});
  if (domain.chainId) fields.push_back({"uint256", "chainId", std::to_string(*domain.chainId)});
  if (domain.verifyingContract)
    fields.push_back({"address", "verifyingContract", quoteJson(domain.verifyingContract->text())});
  if (domain.salt) fields.push_back({"bytes32", "salt", quoteJson("0x" + toHex(*domain.salt))});
  return fields;
}

std::string memberJson(std::string_view type, std::string_view name) {
  return R"({"name":")" + std::string(name) + R"(","type":")" + std::string(type) + "\"}";
}

}  // namespace

StructType::StructType(std::string_view name, std::initializer_list<Field> fields,
                       std::initializer_list<const StructType*> uses) {
  Declaration& own = declarations_.emplace_back();
  own.name = name;
  for (const Field& field : fields) own.members.push_back({std::string(field.type), std::string(field.name)});
  for (const StructType* used : uses)
    for (const Declaration& declaration : used->declarations_) collect(declarations_, declaration);
  auto types = TypedTypes::declare(declarations_);
  CAIRN_ASSERT(types);
  types_ = std::move(*types);
  own_ = *types_.find(name);
  for (const TypedMember& member : types_.at(own_).members) {
    const Slot slot = member.type.dimensions.empty() ? static_cast<Slot>(member.type.kind) : Slot::array;
    members_.push_back({slot, member.type.size});
  }
}

StructEncoder::StructEncoder(const StructType& type) : members_(type.members_) {
  hash_.update(type.typeHash());
}

const StructType::Member& StructEncoder::next(StructType::Slot slot) {
  CAIRN_ASSERT(at_ < members_.size() && members_[at_].slot == slot);
  return members_[at_++];
}

StructEncoder& StructEncoder::uint(std::uint64_t value) {
  const auto& member = next(StructType::Slot::uint);
  CAIRN_ASSERT(static_cast<unsigned>(std::bit_width(value)) <= member.size);
  hash_.update(wordOf(value));
  return *this;
}

StructEncoder& StructEncoder::integer(std::int64_t value) {
  const auto& member = next(StructType::Slot::integer);
  const auto bits = static_cast<std::uint64_t>(value);
  CAIRN_ASSERT(static_cast<unsigned>(std::bit_width(value < 0 ? ~bits : bits)) < member.size);
  Word word = wordOf(bits);
  if (value < 0) std::fill(word.begin(), word.begin() + 24, std::uint8_t{0xff});
  hash_.update(word);
  return *this;
}

StructEncoder& StructEncoder::wide(const Word& value) {
  CAIRN_ASSERT(at_ < members_.size() && members_[at_].size == 256);
  CAIRN_ASSERT(members_[at_].slot == StructType::Slot::uint || members_[at_].slot == StructType::Slot::integer);
  ++at_;
  hash_.update(value);
  return *this;
}

StructEncoder& StructEncoder::boolean(bool value) {
  next(StructType::Slot::boolean);
  hash_.update(wordOf(std::uint64_t{value}));
  return *this;
}

StructEncoder& StructEncoder::address(const Address& value) {
  next(StructType::Slot::address);
  hash_.update(wordOf(value));
  return *this;
}

StructEncoder& StructEncoder::fixedBytes(BytesView value) {
  const auto& member = next(StructType::Slot::fixed_bytes);
  CAIRN_ASSERT(value.size() == member.size);
  Word word{};
  std::copy(value.begin(), value.end(), word.begin());
  hash_.update(word);
  return *this;
}

StructEncoder& StructEncoder::bytes(BytesView value) {
  next(StructType::Slot::bytes);
  hash_.update(keccak256(value));
  return *this;
}

StructEncoder& StructEncoder::text(std::string_view value) {
  next(StructType::Slot::text);
  hash_.update(keccak256(asBytes(value)));
  return *this;
}

StructEncoder& StructEncoder::hashedText(const Digest& hash) {
  next(StructType::Slot::text);
  hash_.update(hash);
  return *this;
}

StructEncoder& StructEncoder::structure(const Digest& hash) {
  next(StructType::Slot::structure);
  hash_.update(hash);
  return *this;
}

StructEncoder& StructEncoder::array(std::span<const Word> items) {
  next(StructType::Slot::array);
  Keccak256 hash;
  for (const Word& item : items) hash.update(item);
  hash_.update(hash.finish());
  return *this;
}

StructEncoder& StructEncoder::texts(std::span<const std::string> items) {
  next(StructType::Slot::array);
  Keccak256 hash;
  for (const std::string& item : items) hash.update(keccak256(asBytes(item)));
  hash_.update(hash.finish());
  return *this;
}

Digest StructEncoder::finish() {
  CAIRN_ASSERT(at_ == members_.size());
  return hash_.finish();
}

Digest Domain::separator() const {
  Declaration declaration{std::string(kDomainType), {}};
  for (const DomainField& field : fieldsOf(*this))
    declaration.members.push_back({std::string(field.type), std::string(field.name)});
  const auto types = TypedTypes::declare({declaration});
  CAIRN_ASSERT(types);
  Keccak256 hash;
  hash.update(types->at(0).typeHash);
  if (name) hash.update(keccak256(asBytes(*name)));
  if (version) hash.update(keccak256(asBytes(*version)));
  if (chainId) hash.update(wordOf(*chainId));
  if (verifyingContract) hash.update(wordOf(*verifyingContract));
  if (salt) hash.update(*salt);
  return hash.finish();
}

Digest typedDataDigest(const Digest& domainSeparator, const Digest& structHash) {
  return Keccak256().update(kTypedDataPrefix).update(domainSeparator).update(structHash).finish();
}

std::string typesJson(const StructType& type, const std::string& domainFields) {
  std::string out = R"({"EIP712Domain":[)" + domainFields + "]";
  for (const Declaration& declaration : type.declarations_) {
    out += ",\"" + declaration.name + "\":[";
    for (const auto& member : declaration.members) {
      if (&member != &declaration.members.front()) out += ",";
      out += memberJson(member.type, member.name);
    }
    out += "]";
  }
  return out + "}";
}

std::string document(const Domain& domain, const StructType& type, std::string_view message) {
  std::string fields, values;
  for (const DomainField& field : fieldsOf(domain)) {
    if (!fields.empty()) fields += ",", values += ",";
    fields += memberJson(field.type, field.name);
    values += "\"" + std::string(field.name) + "\":" + field.json;
  }
  return R"({"types":)" + typesJson(type, fields) + R"(,"primaryType":")" + type.name() + R"(","domain":{)" + values +
         R"(},"message":)" + std::string(message) + "}";
}

}  // namespace cairn::identity
