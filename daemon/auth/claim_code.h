// The code by which the first admin of a fleet without operators shows that he can read a master's log.
//
// Contract: thread-safe. make() gives 128 random bits as 32 hexadecimal digits, once, and keeps a hash of them alone.
// matches() compares in constant time, and never refuses the right code for wrong ones that came before: nobody can
// guess 128 bits, at whatever rate a master answers, so a limit would only let strangers keep the admin out. Wrong ones
// are told to the log, at most one line in kTellEvery. After end() none matches any more until the process starts anew.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/rt/clock.h"

namespace cairn::auth {

class ClaimCode {
 public:
  static constexpr Duration kTellEvery = std::chrono::minutes(1);

  explicit ClaimCode(Clock& clock) : clock_(clock) {}
  std::string make(Random& random);
  bool matches(std::string_view code);
  void end();

 private:
  void noteWrong();

  Clock& clock_;
  std::mutex mutex_;
  std::optional<std::array<std::uint8_t, 32>> hash_;  // guarded by mutex_
  std::optional<Duration> told_;                      // guarded by mutex_
  std::uint64_t wrong_ = 0;                           // guarded by mutex_
};

}  // namespace cairn::auth
