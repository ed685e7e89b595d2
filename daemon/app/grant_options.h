// The options of `cairnd grant`.
//
// Contract: as in commands.h.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addGrantCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
