// `cairnd fsck`: the findings of an offline check, for people as a table and for scripts as JSON.
//
// Contract: see fsck.h for what is checked. The JSON is one object {"blocks", "buckets", "good"} whose fields are only
// added to; `good` is the exit code 0. Errc::unavailable, when a daemon has the store, says what to do.
#pragma once

#include "daemon/app/config.h"
#include "daemon/app/status_command.h"

namespace cairn::app {

Result<Report> fsckCommand(const Config& config, bool json);

}  // namespace cairn::app
