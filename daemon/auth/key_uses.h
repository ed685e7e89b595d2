// When access keys of the registry were last used, until somebody writes it down.
//
// Contract: thread-safe. note() takes well under a microsecond and never waits for the registry. Bounded: of more than
// kMost keys used between two writings the rest are passed over, and noted when they are used again. write() gives the
// registry what was noted since the last one; what it could not write is kept for the next, unless the key was used
// again meanwhile. One write() at a time.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "daemon/registry/identity.h"

namespace cairn::auth {

class KeyUses {
 public:
  static constexpr std::size_t kMost = 4096;
  void note(const std::string& accessKeyId, Timestamp at);
  Task<Status> write(registry::IdentityRegistry& registry);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Timestamp> uses_;
};

}  // namespace cairn::auth
