// `cairnd fleet status|graduate|ungraduate`: who may write, and turning CAS on for the whole fleet, at the registry
// itself.
//
// Contract: as in commands.h. Each works beside running masters, on a registry that is there already. Exit codes of
// `graduate`: 0 done, 1 not done and taken back (or not, which the message says), 2 usage.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addFleetCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
