// Turning CAS on for a whole fleet (docs/decisions/0033-graduating.md).
//
// Contract: graduate() sets the requirement, from which moment the registry takes flips of CAS masters alone, then
// looks until no master that still beats reports CAS off. Where one does after `wait`, or when `stopped` says so, it
// takes back a requirement that it has set itself (one that it found stays), and gives Errc::precondition with that
// master's name, Errc::cancelled when stopped, Errc::precondition also when somebody else lifts the requirement
// meanwhile, and Errc::unknown_outcome where it may or may not have been set. Safe to run again after it was killed at
// any point. A registry that does not answer is asked again until `wait` is over. Runs on the executor of its caller.
// Beats are told by a heartbeat that moves between two looks, so no clock but the registry's counts; who does not beat
// is told by kWithin of looks that all succeeded, for nobody beats in a registry that is away.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::fleet {

/// Which masters beat, as seen by looking again and again.
class Beats {
 public:
  void saw(const std::vector<registry::Master>& masters, Duration now);
  /// Those whose heartbeat moved in the last kWithin before `now`.
  std::vector<registry::Master> live(Duration now) const;
  /// The others: stopped, or cut off.
  std::vector<registry::Master> silent(Duration now) const;

  /// Masters beat every second; as the admin API, which shows a master as gone after as long.
  static constexpr Duration kWithin = std::chrono::seconds(10);

 private:
  struct Seen {
    registry::Master master;
    std::optional<Duration> movedAt;
  };
  std::vector<registry::Master> select(Duration now, bool live) const;
  std::map<MasterId, Seen> seen_;
  bool looked_ = false;
};

struct GraduateOptions {
  Duration wait{};
  std::function<Task<Status>(registry::RequireCas)> require;  ///< makes the change and its audit row
  std::function<void(const std::string&)> say;                ///< progress, for people
  std::function<bool()> stopped;
};

struct Graduated {
  bool before = false;                    ///< the requirement was set already
  std::vector<registry::Master> serving;  ///< those that beat: all with CAS on
  std::vector<registry::Master> silent;   ///< the database refuses their flips if they come back with CAS off
};

Task<Result<Graduated>> graduate(registry::Registry& registry, Clock& clock, GraduateOptions options);

/// Who may write now, and why nobody else, in one sentence.
std::string whoMayWrite(bool required, const registry::WriterLease& lease,
                        const std::vector<registry::Master>& masters);

}  // namespace cairn::fleet
