// cairnd's commands beside serve and init: status, verify-history, audit, fsck, token, key, operator, action, drill,
// export, move.
//
// Contract: addCommands() adds them to the command line; each sets `exitCode` (0: all is well, 1: it is not, 2: usage)
// when it has run. `file`, `profile` and `json` are the global options, read when the command runs.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addCommands(CLI::App& cli, const std::string& file, const std::string& profile, const bool& json, int& exitCode);

}  // namespace cairn::app
