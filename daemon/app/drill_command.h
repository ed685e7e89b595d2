// `cairnd drill cas-race|unfenced-failover`: the options, and what is printed while it runs.
//
// Contract: addDrillCommands() adds them to the command line. When one has run, `exitCode` is 0 if nothing that a
// master acknowledged was lost, 1 if something was or no drill could be held, 2 for usage; with --control it is 0 if
// the control saw losses and 1 if it saw none. `json` is the global option. The secret key is read from a 0600 file and
// never printed.
#pragma once

namespace CLI {
class App;
}

namespace cairn::app {

void addDrillCommands(CLI::App& cli, const bool& json, int& exitCode);

}  // namespace cairn::app
