// Whether this master may write, as far as the writer lease and the fleet's requirement decide it.
//
// Contract: look(), each second, takes or renews the lease for a master with CAS off, and looks for another's lease for
// one with CAS on; it sets the writer's term and the status's bar. release() gives back what is held. One call at a
// time. Flips check all this themselves: here it is found out before clients are, and said.
#pragma once

#include "daemon/app/status.h"
#include "daemon/bucket/engine.h"

namespace cairn::app {

class LeaseKeeper {
 public:
  LeaseKeeper(registry::Registry& registry, MasterStatus& status, bucket::Writer& writer)
      : registry_(registry), status_(status), writer_(writer) {}

  Task<void> look();
  Task<void> release();

 private:
  Task<void> renew();
  Task<void> beware();

  registry::Registry& registry_;
  MasterStatus& status_;
  bucket::Writer& writer_;
};

}  // namespace cairn::app
