// What this node knows of itself, for the operators' door.
//
// Contract: implemented by daemon/app, called on data-plane threads at any time between start and stop; must answer
// soon (readiness is cached or quick to find, for load balancers ask several times a second). Reasons are written for
// people and hold no secret; a node that is ready may still have some (it is degraded).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "daemon/rt/async.h"

namespace cairn::admin {

enum class Access { read, write };

struct Ready {
  bool ready = false;
  std::vector<std::string> reasons;
};

/// How far the holder that follows is behind this master's flips.
struct Following {
  std::uint64_t roots = 0;
  std::uint64_t milliseconds = 0;
  std::string trouble;  ///< empty: none
};

class LocalStatus {
 public:
  virtual ~LocalStatus() = default;
  virtual MasterId node() const = 0;
  virtual std::string version() const = 0;  ///< of the program
  virtual std::string mode() const = 0;     ///< of failover: "manual" | "approve" | "auto"
  virtual Task<Ready> ready(Access access) = 0;
  /// nullopt: nobody follows.
  virtual std::optional<Following> following() const = 0;
};

}  // namespace cairn::admin
