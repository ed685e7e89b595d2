// The flip on PostgreSQL: one statement, one round trip, alone or with others (statements/flip_*.sql).
//
// Contract: on the registry's thread. Statuses as in registry.h; won and lost carry the row as it stands; a row that
// cannot be read is never overwritten (unavailable, with the reason). A flip that was sent and got no answer, or whose
// answer came with a warning, is unknown.
#pragma once

#include "daemon/registry/postgres/events.h"
#include "daemon/registry/postgres/flip_queue.h"
#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {

class Flips {
 public:
  /// `sessions`: how many the pool has at most.
  Flips(net::io_context& io, Pool& pool, std::size_t sessions, PointReader& reader, Events& events)
      : pool_(pool), queue_(io, pool, sessions), reader_(reader), events_(events) {}
  Task<FlipResult> flip(FlipRequest request);

 private:
  Task<FlipResult> attempt(const FlipRequest& request, std::string expectedRoot);

  Task<FlipQueue::Landed> send(const AskedFlip& flip, bool alone);

  Pool& pool_;
  FlipQueue queue_;
  PointReader& reader_;
  Events& events_;
};

}  // namespace cairn::registry::postgres
