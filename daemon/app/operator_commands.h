// `cairnd operator` and `cairnd action` on the command line.
//
// Contract: as in commands.h.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addOperatorCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
