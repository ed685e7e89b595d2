#include "daemon/auth/key_cache.h"

#include "daemon/auth/hmac.h"
#include "daemon/auth/sigv4.h"

namespace cairn::auth {

Sha256Digest KeyCache::get(const AccessKey& key, std::string_view date, std::string_view region) {
  std::string name;
  name.reserve(key.id.size() + date.size() + region.size() + 2);
  name.append(date).append(1, '/').append(region).append(1, '/').append(key.id);
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end() && sameSecret(found->second.secret, key.secret)) return found->second.key;
  }
  const Sha256Digest derived = signingKey(key.secret, date, region);
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMax) entries_.clear();
  entries_.insert_or_assign(std::move(name), Entry{key.secret, derived});
  return derived;
}

}  // namespace cairn::auth
