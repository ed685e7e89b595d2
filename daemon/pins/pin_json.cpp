#include "common/base/json.h"
#include "daemon/pins/pin_request.h"
#include "daemon/pins/times.h"

namespace cairn::pins {
namespace {

std::string arrayJson(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + quoteJson(item);
  return out + "]";
}

}  // namespace

std::string statusJson(const registry::PinRow& row, const std::vector<std::string>& delegates) {
  std::string out = "{\"requestid\":" + quoteJson(row.id) + ",\"status\":" + quoteJson(toString(row.state)) +
                    ",\"created\":" + quoteJson(timeText(row.createdAt)) + ",\"pin\":{\"cid\":" + quoteJson(row.cid);
  if (!row.name.empty()) out += ",\"name\":" + quoteJson(row.name);
  if (!row.origins.empty()) out += ",\"origins\":" + arrayJson(row.origins);
  if (!row.meta.empty()) out += ",\"meta\":" + registry::pinMetaText(row.meta);
  out += "},\"delegates\":" + arrayJson(delegates);
  if (!row.details.empty()) out += ",\"info\":{\"status_details\":" + quoteJson(row.details) + "}";
  return out + "}";
}

std::string resultsJson(const registry::PinPage& page, const std::vector<std::string>& delegates) {
  std::string out = "{\"count\":" + std::to_string(page.count) + ",\"results\":[";
  for (std::size_t i = 0; i < page.rows.size(); ++i) out += (i > 0 ? "," : "") + statusJson(page.rows[i], delegates);
  return out + "]}";
}

std::string failureJson(const Refusal& refusal) {
  return "{\"error\":{\"reason\":" + quoteJson(refusal.reason) + ",\"details\":" + quoteJson(refusal.details) + "}}";
}

}  // namespace cairn::pins
