#include "daemon/blocks/kubo/durability.h"

namespace cairn::blocks::kubo {

namespace {

std::string textOf(const Json* json, std::string_view name) {
  const Json* member = json == nullptr ? nullptr : json->find(name);
  return member != nullptr && member->kind == Json::Kind::text ? member->text : std::string();
}

bool isOn(const Json& json, std::string_view name) {
  const Json* member = json.find(name);
  return member != nullptr && member->kind == Json::Kind::boolean && member->boolean;
}

bool covers(const std::string& mountpoint, std::string_view path) {
  return mountpoint == "/" || path == mountpoint || path.starts_with(mountpoint + "/");
}

/// The datastore that keeps what is under `path`: mounts and wrappers such as "measure" are looked through.
const Json* storeFor(const Json* spec, std::string_view path, int depth = 0) {
  if (spec == nullptr || depth > kMaxJsonDepth) return nullptr;
  const std::string type = textOf(spec, "type");
  if (type == "measure" || type == "log") return storeFor(spec->find("child"), path, depth + 1);
  if (type != "mount") return spec;
  const Json* mounts = spec->find("mounts");
  const Json* best = nullptr;
  std::string longest;
  for (std::size_t i = 0; mounts != nullptr && i < mounts->items.size(); ++i) {
    const std::string mountpoint = textOf(&mounts->items[i], "mountpoint");
    if (!covers(mountpoint, path) || (best != nullptr && mountpoint.size() < longest.size())) continue;
    best = &mounts->items[i];
    longest = mountpoint;
  }
  return storeFor(best, path, depth + 1);
}

}  // namespace

Datastore durabilityOf(const Json& spec, bool local) {
  const Json* blocks = storeFor(&spec, "/blocks");
  const std::string type = textOf(blocks, "type");
  if (type == "pebbleds") {
    if (isOn(*blocks, "disableWAL")) return {Durability::unknown, "pebbleds without its write-ahead log"};
    if (storeFor(&spec, "/pins") == blocks) return {Durability::by_pin, "pebbleds"};
    return {Durability::unknown, "pebbleds that keeps blocks but not pins"};
  }
  if (type == "flatfs") {
    if (isOn(*blocks, "sync")) return {Durability::at_answer, "flatfs with sync on"};
    return {local ? Durability::by_file_system : Durability::unknown, "flatfs with sync off"};
  }
  return {Durability::unknown, type.empty() ? "a datastore that its configuration does not name" : type};
}

}  // namespace cairn::blocks::kubo
