// `cairnd move registry`: from the embedded registry's file to a PostgreSQL database, while masters serve from the
// file.
//
// Contract: as in commands.h. The database is the one that another configuration file names, so that no password stands
// on a command line. Progress goes to standard error.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addMoveCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
