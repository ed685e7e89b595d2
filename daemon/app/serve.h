// `cairnd serve`: runs a node under Qt's event loop until SIGTERM or SIGINT.
//
// Contract: called once from main(). Tells systemd READY, WATCHDOG and STOPPING (sd_notify) when it is there; with
// `json` prints one line of endpoints to standard output when the node serves. Returns the process's exit code: 0 after
// a clean drain, 1 when the node could not start.
#pragma once

#include "daemon/app/config.h"

namespace cairn::app {

int serve(const Config& config, bool json, int argc, char** argv);

}  // namespace cairn::app
