// The flip on PostgreSQL: one statement, one round trip (statements/flip_*.sql).
//
// Contract: on the registry's thread. Statuses as in registry.h; won and lost carry the row as it stands; a row that
// cannot be read is never overwritten (unavailable, with the reason). A flip that was sent and got no answer, or whose
// answer came with a warning, is unknown.
#pragma once

#include "daemon/registry/postgres/events.h"
#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {

/// Generated from statements/: a CAS flip that expects no row, one that expects a row, and a dark flip.
extern const char* const kFlipFirst;
extern const char* const kFlipNext;
extern const char* const kFlipDark;

class Flips {
 public:
  Flips(Pool& pool, PointReader& reader, Events& events) : pool_(pool), reader_(reader), events_(events) {}
  Task<FlipResult> flip(FlipRequest request);

 private:
  Task<FlipResult> attempt(const FlipRequest& request, std::string expectedRoot);

  Pool& pool_;
  PointReader& reader_;
  Events& events_;
};

}  // namespace cairn::registry::postgres
