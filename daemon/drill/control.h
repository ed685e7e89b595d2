// A drill in a command's clothes: against running masters, or as its own control in a scratch registry with CAS off.
//
// Contract: runCommand() blocks the calling thread until the drill is over; SIGINT and SIGTERM interrupt it (see
// Drill). The control makes two masters of its own without CAS, runs the very same drill against them, and removes
// them; it reads nothing of the options but kind, writes and workers. What either proves, its Report says.
#pragma once

#include "daemon/drill/drill.h"

namespace cairn::drill {

Result<Report> runCommand(Options options, bool control, std::function<void(const Progress&)> progress);

}  // namespace cairn::drill
