// Who is in the fleet, as the registry lists it: where each node's block door is and which key it must prove.
//
// Contract: thread-safe. refresh() reads the registry; the rest answers from the last good reading, which is kept when
// the registry cannot be reached (known() says how old it is). A node that is fenced keeps its place as a holder:
// fencing bars flips, not blocks.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::fleet {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};
/// "host:port" or "[v6]:port".
Result<Address> parseAddress(const std::string& text);

class Membership {
 public:
  Membership(registry::Registry& registry, Clock& clock) : registry_(registry), clock_(clock) {}

  Task<Status> refresh();
  std::optional<registry::Master> find(const MasterId& id) const;
  std::vector<registry::Master> all() const;
  /// Whether any listed node has this key (hex SHA-256 of the SPKI).
  bool knowsKey(const std::string& nodeKey) const;
  /// Time since the last good reading; nullopt before the first.
  std::optional<Duration> age() const;

 private:
  registry::Registry& registry_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<MasterId, registry::Master> nodes_;
  std::set<std::string> keys_;
  std::optional<Duration> readAt_;
};

}  // namespace cairn::fleet
