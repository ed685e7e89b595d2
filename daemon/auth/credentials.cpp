#include "daemon/auth/credentials.h"

#include <algorithm>

namespace cairn::auth {
namespace {

bool usableId(std::string_view id) {
  const auto bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == 0x7f; };
  return !id.empty() && !id.starts_with("JWT:") && std::none_of(id.begin(), id.end(), bad);
}

}  // namespace

Result<StaticCredentials> StaticCredentials::make(std::vector<AccessKey> keys) {
  StaticCredentials made;
  for (AccessKey& key : keys) {
    if (!usableId(key.id))
      return fail(Errc::invalid, "access key id \"" + key.id +
                                     "\" is empty, begins with JWT: or holds a space, a '/' or a control character");
    if (key.secret.empty()) return fail(Errc::invalid, "access key " + key.id + " has no secret");
    if (key.owner.get().empty()) return fail(Errc::invalid, "access key " + key.id + " names no owner");
    const std::string id = key.id;
    if (!made.keys_.try_emplace(id, std::move(key)).second)
      return fail(Errc::invalid, "access key " + id + " is listed twice");
  }
  return made;
}

std::optional<AccessKey> StaticCredentials::find(std::string_view id) const {
  const auto found = keys_.find(std::string(id));
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cairn::auth
