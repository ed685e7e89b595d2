// The bucket service over engines, a registry and a block store: what app builds and doors use.
//
// Contract: see Service. `executor` is what engines run on. All references outlive the service; stop the executor
// before destroying it.
#pragma once

#include "daemon/bucket/engine.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

std::unique_ptr<Service> makeService(EngineContext& context, blocks::Store& store, blocks::Source& source,
                                     net::any_io_executor executor);

}  // namespace cairn::bucket
