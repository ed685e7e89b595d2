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
  return code;
}

bool ClaimCode::matches(std::string_view code) {
  const auto asked = sha256(asBytes(code));
  std::lock_guard lock(mutex_);
  if (!hash_) return false;
  if (sameSecret(asked, *hash_)) return true;
  noteWrong();
  return false;
}

void ClaimCode::noteWrong() {
  ++wrong_;
  const Duration now = clock_.steady();
  if (told_ && now - *told_ < kTellEvery) return;
  told_ = now;
  log::warning("auth", "somebody tried to claim this fleet with a wrong code", {{"so_far", wrong_}});
}

void ClaimCode::end() {
  std::lock_guard lock(mutex_);
  hash_.reset();
}

}  // namespace cairn::auth
