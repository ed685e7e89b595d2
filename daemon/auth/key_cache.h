// Signing keys that were derived before: four HMACs saved on every request but a day's first.
//
// Contract: thread-safe. Bounded: when it is full it is emptied, which costs a few microseconds a key. An entry is used
// only for the very secret that it was derived from, so a key that was rotated is never mistaken for its predecessor.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "daemon/auth/body_plan.h"
#include "daemon/auth/credentials.h"

namespace cairn::auth {

class KeyCache {
 public:
  static constexpr std::size_t kMax = 4096;
  Sha256Digest get(const AccessKey& key, std::string_view date, std::string_view region);

 private:
  struct Entry {
    Secret secret;
    Sha256Digest key;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace cairn::auth
