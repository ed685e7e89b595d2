#include "common/identity/typed_data.h"
#include "common/identity/typed_values.h"

namespace cairn::identity {
namespace {

/// Walks what parse() has found good, in the order of the hash.
class Lines {
 public:
  explicit Lines(const TypedTypes& types) : types_(types) {}

  void structure(const std::string& path, std::size_t index, const Json& value) {
    static const Json kNull;
    const TypedStructure& type = types_.at(index);
    if (type.members.empty()) add(path, type.name, "{}");
    for (const TypedMember& member : type.members) {
      const Json* found = value.find(member.name);
      one(path + "." + member.name, member.type, member.type.dimensions.size(), found == nullptr ? kNull : *found);
    }
  }

  std::vector<TypedLine> take() { return std::move(lines_); }

 private:
  void add(std::string path, std::string type, std::string value) {
    lines_.push_back({std::move(path), std::move(type), std::move(value)});
  }

  void one(const std::string& path, const TypeRef& type, std::size_t dimensions, const Json& value) {
    if (dimensions == 0 && type.kind != TypeKind::structure) {
      add(path, type.name.substr(0, type.name.find('[')), showAtomic(type, value));
    } else if (dimensions == 0 && value.kind == Json::Kind::null) {
      add(path, types_.at(type.structure).name, "null");
    } else if (dimensions == 0) {
      structure(path, type.structure, value);
    } else {
      if (value.items.empty()) add(path, type.name, "[]");
      for (std::size_t i = 0; i < value.items.size(); ++i)
        one(path + "[" + std::to_string(i) + "]", type, dimensions - 1, value.items[i]);
    }
  }

  const TypedTypes& types_;
  std::vector<TypedLine> lines_;
};

}  // namespace

std::vector<TypedLine> TypedData::lines() const {
  Lines lines(types_);
  lines.structure("domain", domainType_, domain_);
  if (messageHash_) lines.structure("message", primary_, message_);
  return lines.take();
}

std::string toText(const TypedData& data) {
  std::string out = "primaryType: " + data.primaryType() + "\n";
  for (const TypedLine& line : data.lines()) out += line.path + ": " + line.value + "\n";
  return out;
}

}  // namespace cairn::identity
