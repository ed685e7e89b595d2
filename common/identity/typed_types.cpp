#include "common/identity/typed_types.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"

namespace cairn::identity {
namespace {

Error invalid(std::string message) {
  return fail(Errc::invalid, std::move(message));
}

std::string quoted(std::string_view name) {
  // Names come from outside and end up in messages for people.
  std::string out = "\"";
  for (const char c : name.substr(0, 80)) out += c >= ' ' && c < 0x7f && c != '"' ? c : '?';
  return out + (name.size() > 80 ? "...\"" : "\"");
}

bool isIdentifier(std::string_view name, bool structure) {
  const auto letter = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '$'; };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || (structure && c == ':'); };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), rest);
}

/// The digits after `prefix`, none included; nullopt when the name is not of that kind.
std::optional<std::string_view> sizeOf(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return name;
}

/// No struct may have such a name, whether or not there is an atomic type of exactly that name.
bool looksAtomic(std::string_view name) {
  return name == "address" || name == "bool" || name == "string" || name == "function" || sizeOf(name, "bytes") ||
         sizeOf(name, "uint") || sizeOf(name, "int");
}

/// Decimal without leading zeros, 1 to `most`.
std::optional<std::uint32_t> plainNumber(std::string_view digits, std::uint32_t most) {
  if (digits.empty() || digits.front() == '0') return std::nullopt;
  const auto value = parseDecimal(digits);
  if (!value || *value > most) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

Result<TypeRef> atomic(std::string_view name) {
  TypeRef type;
  if (name == "bool") return type.kind = TypeKind::boolean, type;
  if (name == "address") return type.kind = TypeKind::address, type;
  if (name == "string") return type.kind = TypeKind::text, type;
  if (name == "bytes") return type.kind = TypeKind::bytes, type;
  if (name == "uint" || name == "int")
    return invalid("EIP-712 has no type " + std::string(name) + " without a size; write " + std::string(name) + "256");
  if (const auto size = sizeOf(name, "bytes")) {
    const auto bytes = plainNumber(*size, 32);
    if (!bytes) return invalid("there is no type " + quoted(name) + "; bytes1 to bytes32 are");
    type.kind = TypeKind::fixed_bytes;
    type.size = static_cast<std::uint16_t>(*bytes);
    return type;
  }
  const auto size = sizeOf(name, name.starts_with('u') ? "uint" : "int");
  if (!size) return invalid("there is no type " + quoted(name));
  const auto bits = plainNumber(*size, 256);
  if (!bits || *bits % 8 != 0)
    return invalid("there is no type " + quoted(name) + "; integers have 8, 16, ... 256 bits");
  type.kind = name.starts_with('u') ? TypeKind::uint : TypeKind::integer;
  type.size = static_cast<std::uint16_t>(*bits);
  return type;
}

/// Takes the [..] off the end of `type`.
Result<std::vector<std::optional<std::uint32_t>>> takeDimensions(std::string_view& type) {
  std::vector<std::optional<std::uint32_t>> outermostFirst;
  const std::string_view whole = type;
  while (type.ends_with(']')) {
    const std::size_t open = type.rfind('[');
    if (open == std::string_view::npos) return invalid("there is no type " + quoted(whole));
    const std::string_view size = type.substr(open + 1, type.size() - open - 2);
    const auto count = plainNumber(size, 1U << 20);
    if (!size.empty() && !count) return invalid(quoted(whole) + " is no array type: its size is not 1 to 1048576");
    outermostFirst.push_back(count);
    if (outermostFirst.size() > kMaxDimensions)
      return fail(Errc::too_large, quoted(whole) + " has too many dimensions");
    type = type.substr(0, open);
  }
  return std::vector(outermostFirst.rbegin(), outermostFirst.rend());
}

void write(const TypedStructure& structure, std::string& to) {
  to += structure.name + "(";
  for (const TypedMember& member : structure.members) {
    if (&member != &structure.members.front()) to += ",";
    to += member.type.name + " " + member.name;
  }
  to += ")";
}

Result<TypedTypes::Declaration::Member> readMember(std::string_view structure, const Json& json) {
  const Json* name = json.find("name");
  const Json* type = json.find("type");
  if (json.kind != Json::Kind::object || json.members.size() != 2 || name == nullptr || type == nullptr ||
      name->kind != Json::Kind::text || type->kind != Json::Kind::text)
    return invalid("types." + std::string(structure) + ": each member is an object with the strings name and type");
  return TypedTypes::Declaration::Member{type->text, name->text};
}

}  // namespace

Result<TypedTypes> TypedTypes::parse(const Json& types) {
  if (types.kind != Json::Kind::object) return invalid("types is not an object");
  if (types.members.size() > kMaxTypes) return fail(Errc::too_large, "there are more than 64 struct types");
  std::vector<Declaration> declarations;
  for (const auto& [name, members] : types.members) {
    if (!isIdentifier(name, true)) return invalid(quoted(name) + " is no name for a struct type");
    if (members.kind != Json::Kind::array) return invalid("types." + name + " is not an array of members");
    Declaration& made = declarations.emplace_back();
    made.name = name;
    for (const Json& json : members.items) {
      auto member = readMember(name, json);
      if (!member) return member.error();
      made.members.push_back(std::move(*member));
    }
  }
  return declare(std::move(declarations));
}

Result<TypedTypes> TypedTypes::declare(std::vector<Declaration> declarations) {
  if (declarations.size() > kMaxTypes) return fail(Errc::too_large, "there are more than 64 struct types");
  std::sort(declarations.begin(), declarations.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  TypedTypes made;
  std::size_t bytes = 0;
  for (const Declaration& declaration : declarations) {
    if (!isIdentifier(declaration.name, true))
      return invalid(quoted(declaration.name) + " is no name for a struct type");
    if (looksAtomic(declaration.name))
      return invalid(quoted(declaration.name) + " is no name for a struct: it is atomic");
    if (made.find(declaration.name)) return invalid("the struct type " + declaration.name + " is there twice");
    made.structures_.push_back({declaration.name, {}, {}});
    bytes += declaration.name.size() + 2;
    for (const auto& member : declaration.members) bytes += member.type.size() + member.name.size() + 2;
  }
  if (bytes > kMaxTypesBytes) return fail(Errc::too_large, "the struct types take more than 64 KiB");
  for (std::size_t i = 0; i < declarations.size(); ++i)
    if (auto added = made.add(declarations[i], made.structures_[i]); !added) return added.error();
  for (std::size_t i = 0; i < declarations.size(); ++i)
    made.structures_[i].typeHash = keccak256(asBytes(made.encodeType(i)));
  return made;
}

Status TypedTypes::add(const Declaration& declaration, TypedStructure& to) {
  std::set<std::string_view> names;
  for (const auto& member : declaration.members) {
    if (!isIdentifier(member.name, false))
      return invalid("types." + to.name + ": " + quoted(member.name) + " is no name for a member");
    if (!names.insert(member.name).second)
      return invalid("types." + to.name + " has the member " + member.name + " twice");
    auto type = resolve(member.type);
    if (!type) return fail(type.error().code, "types." + to.name + "." + member.name + ": " + type.error().message);
    to.members.push_back({member.name, std::move(*type)});
  }
  return {};
}

Result<TypeRef> TypedTypes::resolve(std::string_view type) const {
  std::string_view base = type;
  auto dimensions = takeDimensions(base);
  if (!dimensions) return dimensions.error();
  TypeRef found;
  if (const auto structure = find(base)) {
    found.kind = TypeKind::structure;
    found.structure = *structure;
  } else {
    auto known = atomic(base);
    if (!known) return known.error();
    found = std::move(*known);
  }
  found.name = type;
  found.dimensions = std::move(*dimensions);
  return found;
}

std::optional<std::size_t> TypedTypes::find(std::string_view name) const {
  const auto less = [](const TypedStructure& a, std::string_view b) { return a.name < b; };
  const auto found = std::lower_bound(structures_.begin(), structures_.end(), name, less);
  if (found == structures_.end() || found->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - structures_.begin());
}

std::string TypedTypes::encodeType(std::size_t structure) const {
  // Indices are in the order of names, so the set is sorted as the EIP wants it.
  std::set<std::size_t> reached{structure};
  std::vector<std::size_t> open{structure};
  while (!open.empty()) {
    const TypedStructure& next = structures_[open.back()];
    open.pop_back();
    for (const TypedMember& member : next.members)
      if (member.type.kind == TypeKind::structure && reached.insert(member.type.structure).second)
        open.push_back(member.type.structure);
  }
  std::string out;
  write(structures_[structure], out);
  reached.erase(structure);
  for (const std::size_t other : reached) write(structures_[other], out);
  return out;
}

}  // namespace cairn::identity
