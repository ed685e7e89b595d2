// A master that was started while its registry is away.
//
// Contract: awaitRegistry() opens the registry; as long as it cannot be reached (Errc::unavailable), the S3 and API
// listeners of the configuration answer, each request with 503, Retry-After and the reason, /health with 200, and
// systemd is told that the service is up, and why it waits. What waiting does not mend, such as a refused password or
// an old schema, is given at once. `stopped` waits up to the time given and says whether to end: Errc::cancelled then.
// Blocks its thread. When it returns nothing listens.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "daemon/app/config.h"
#include "daemon/app/seam.h"
#include "daemon/registry/registry.h"

namespace cairn::app {

Result<std::unique_ptr<registry::Registry>> awaitRegistry(
    const Config& config, DataPlane& plane, const std::function<bool(std::chrono::milliseconds)>& stopped);

}  // namespace cairn::app
