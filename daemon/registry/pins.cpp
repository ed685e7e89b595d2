#include "daemon/registry/pins.h"

#include "common/base/json.h"

namespace cairn::registry {

std::string_view toString(PinState state) {
  switch (state) {
    case PinState::queued:
      return "queued";
    case PinState::pinning:
      return "pinning";
    case PinState::pinned:
      return "pinned";
    case PinState::failed:
      return "failed";
  }
  return "failed";
}

std::optional<PinState> pinStateOf(std::string_view text) {
  for (PinState state : {PinState::queued, PinState::pinning, PinState::pinned, PinState::failed})
    if (text == toString(state)) return state;
  return std::nullopt;
}

std::string pinMetaText(const PinMeta& meta) {
  std::string out = "{";
  for (const auto& [name, value] : meta) out += (out.size() > 1 ? "," : "") + quoteJson(name) + ":" + quoteJson(value);
  return out + "}";
}

std::optional<PinMeta> pinMetaOf(const std::string& text) {
  const auto json = parseJson(text);
  if (!json || json->kind != Json::Kind::object) return std::nullopt;
  PinMeta out;
  for (const auto& [name, value] : json->members) {
    if (value.kind != Json::Kind::text) return std::nullopt;
    out.emplace(name, value.text);
  }
  return out;
}

std::optional<std::string> wrongWith(const PinRow& row) {
  if (row.root.isNull()) return "root: no CID that can be read";
  if (row.id.empty()) return "id: empty";
  return std::nullopt;
}

}  // namespace cairn::registry
