// Makes a master complete for every bucket, so that its first commits need not fetch.
//
// Contract: once, in the background, on the caller's strand; buckets that cannot be completed now are logged and left
// to the commits that need them. Borrows both.
#pragma once

#include "daemon/app/pinning.h"

namespace cairn::app {

Task<void> catchUp(registry::Registry& registry, const Pinning& pinning);

}  // namespace cairn::app
