// The code by which the first admin of a fleet without operators shows that he can read a master's log.
//
// Contract: thread-safe. make() gives 128 random bits as 32 hexadecimal digits, once, and keeps a hash of them alone.
// matches() compares in constant time; after kMostAttempts wrong codes, or end(), none matches any more until the
// process starts anew.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/rt/clock.h"

namespace cairn::auth {

class ClaimCode {
 public:
  static constexpr int kMostAttempts = 100;
  std::string make(Random& random);
  bool matches(std::string_view code);
  void end();

 private:
  std::mutex mutex_;
  std::optional<std::array<std::uint8_t, 32>> hash_;  // guarded by mutex_
  int left_ = 0;                                      // guarded by mutex_
};

}  // namespace cairn::auth
