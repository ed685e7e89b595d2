#include "daemon/auth/uri.h"

#include <algorithm>
#include <utility>

namespace cairn::auth {

std::optional<std::string> canonicalPath(std::string_view rawPath) {
  const auto decoded = percentDecode(rawPath);
  if (!decoded) return std::nullopt;
  return decoded->empty() ? "/" : uriEncode(*decoded, Slash::keep);
}

std::string canonicalQuery(const std::vector<QueryPair>& parameters, bool asSent) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const QueryPair& p : parameters) {
    if (p.name == "X-Amz-Signature") continue;
    auto& [name, value] = encoded.emplace_back();
    if (asSent) {
      name = p.rawName;
      value = p.rawValue;
    } else {
      name = uriEncode(p.name);
      value = uriEncode(p.value);
    }
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append(1, '=').append(value);
  }
  return out;
}

}  // namespace cairn::auth
