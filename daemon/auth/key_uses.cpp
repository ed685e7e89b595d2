#include "daemon/auth/key_uses.h"

#include <algorithm>

namespace cairn::auth {

void KeyUses::note(const std::string& accessKeyId, Timestamp at) {
  std::lock_guard lock(mutex_);
  const auto found = uses_.find(accessKeyId);
  if (found != uses_.end())
    found->second = std::max(found->second, at);
  else if (uses_.size() < kMost)
    uses_.emplace(accessKeyId, at);
}

Task<Status> KeyUses::write(registry::IdentityRegistry& registry) {
  std::vector<registry::IdentityRegistry::Use> uses;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, at] : uses_) uses.push_back({id, at});
    uses_.clear();
  }
  if (uses.empty()) co_return Status{};
  Status written = co_await registry.noteUses(uses);
  if (!written)
    for (const auto& use : uses) note(use.id, use.at);
  co_return written;
}

}  // namespace cairn::auth
