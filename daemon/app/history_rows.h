// A bucket's whole kept history, page after page.
//
// Contract: hands every kept row to `each`, by ascending version, on the caller's executor. Rows that are thinned or
// added meanwhile may or may not be among them. Errors are the registry's; some rows may have been handed out by then.
#pragma once

#include <functional>

#include "daemon/registry/registry.h"

namespace cairn::app {

Task<Status> eachHistoryRow(registry::Registry& registry, BucketId bucket,
                            std::function<void(const registry::HistoryRow&)> each);

}  // namespace cairn::app
