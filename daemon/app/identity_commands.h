// `cairnd token` and `cairnd key` on the command line, and what commands share.
//
// Contract: as in commands.h. readConfig() prints every mistake and gives nullopt when there is one; printReport()
// prints a report or an error and gives the exit code. addOwnOptions() adds those with which a wallet voids what it
// signed at a master, without a registry file; `own.s3` is empty where they were not given.
#pragma once

#include <optional>

#include "daemon/app/action_command.h"
#include "daemon/app/config.h"
#include "daemon/app/status_command.h"

namespace CLI {
class App;
}

namespace cairn::app {

std::optional<Config> readConfig(const std::string& file, const std::string& profile = {});
int printReport(const Result<Report>& report);
void addOwnOptions(CLI::App& command, ActionRequest& own);
void addIdentityCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
