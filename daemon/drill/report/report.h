// What a drill found: the table for people, and one JSON object for scripts.
//
// Contract: values; pure functions, any thread. text() ends with the line `lost=N`. In json(), names and meanings are
// stable: new members may be added. A write is lost when a master acknowledged it and, afterwards, some master that
// answers does not list it, or does not give its very bytes. good() is the drill's exit code: something was
// acknowledged, all of it was looked for through at least one master, and nothing was lost. A control is good when
// something was lost: only then has the drill proved that it can see a lost update.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cairn::drill {

enum class Kind { cas_race, unfenced_failover };
/// "cas-race", "unfenced-failover".
std::string_view toString(Kind kind);

/// What happened at one master. Tries, except for `lost`, which counts writes that this master acknowledged.
struct Tally {
  std::string master;              ///< host:port
  std::uint64_t acknowledged = 0;  ///< 2xx
  std::uint64_t rejected = 0;      ///< 503: changed nothing, retried
  std::uint64_t refused = 0;       ///< 412: somebody else had the contended key
  std::uint64_t unanswered = 0;    ///< no answer, or 500: outcome unknown, retried elsewhere
  std::uint64_t lost = 0;
  bool verified = false;  ///< every acknowledged key was listed and read through it at the end
};

/// From a master's /metrics, of the drill's time.
struct Counters {
  std::string api;
  std::uint64_t flips = 0, lostRaces = 0, rebases = 0;
};

struct Report {
  Kind kind = Kind::cas_race;
  bool control = false;
  std::string bucket, prefix;
  std::uint64_t writes = 0;  ///< asked for
  std::uint64_t begun = 0;   ///< fewer when interrupted
  std::uint64_t gaveUp = 0;  ///< never answered with 2xx or 412
  std::size_t workers = 0;
  double seconds = 0;  ///< of the writing
  bool interrupted = false;
  std::vector<Tally> masters;
  std::map<std::uint32_t, std::uint64_t> attempts;  ///< tries a write -> writes that ended with 2xx or 412
  std::vector<Counters> counters;
  std::vector<std::string> examples;  ///< of what was lost, at most ten
  std::vector<std::string> notes;

  std::uint64_t acknowledged() const;
  std::uint64_t lost() const;
  std::size_t verifiedThrough() const;
  bool good() const;
};

/// Tries a write in powers of two, one line each: "  3-4       12  ####".
std::string histogram(const std::map<std::uint32_t, std::uint64_t>& attempts);
std::string text(const Report& report);
std::string json(const Report& report);

}  // namespace cairn::drill
