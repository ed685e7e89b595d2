#include "daemon/auth/claim_code.h"

#include "common/cid/sha256.h"
#include "daemon/auth/hmac.h"
#include "daemon/rt/log.h"

namespace cairn::auth {

std::string ClaimCode::make(Random& random) {
  Bytes bytes(16);
  random.fill(bytes);
  std::string code = toHex(bytes);
  std::lock_guard lock(mutex_);
  hash_ = sha256(asBytes(code));
  left_ = kMostAttempts;
  return code;
}

bool ClaimCode::matches(std::string_view code) {
  const auto asked = sha256(asBytes(code));
  std::lock_guard lock(mutex_);
  if (!hash_) return false;
  if (sameSecret(asked, *hash_)) return true;
  if (--left_ > 0) return false;
  hash_.reset();
  log::warning("auth", "too many wrong claim codes: the one logged is void; restart this master for another");
  return false;
}

void ClaimCode::end() {
  std::lock_guard lock(mutex_);
  hash_.reset();
}

}  // namespace cairn::auth
