#include "daemon/app/move_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "daemon/app/config.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/registry.h"
#include "daemon/registry/move/move.h"

namespace cairn::app {
namespace {

struct MoveRequest {
  std::string to;
  bool abandon = false;
  bool json = false;
};

Result<Report> abandoned(const std::string& from, const std::string& to) {
  if (Status done = registry::abandonMove(from, to); !done) return done.error();
  return Report{"the file " + from + " is open again: its masters serve\n"};
}

std::string asJson(const registry::Moved& moved) {
  return std::string("{\"before\":") + (moved.before ? "true" : "false") + ",\"rows\":" + std::to_string(moved.rows) +
         ",\"buckets\":" + std::to_string(moved.buckets) +
         ",\"pausedMilliseconds\":" + std::to_string(moved.pausedMilliseconds) + "}\n";
}

std::string words(const registry::Moved& moved, const MoveRequest& request) {
  std::string out = "the registry had been moved already\n";
  if (!moved.before)
    out = std::to_string(moved.rows) + " rows of " + std::to_string(moved.buckets) +
          " buckets moved and compared; writes waited for " + std::to_string(moved.pausedMilliseconds) + " ms\n";
  return out + "Now start each master with the [registry] of " + request.to +
         ". Until then it answers 503 and says why. Keep the old file: it is sealed, not deleted.\n";
}

Result<Report> moved(const std::string& from, const std::string& to, const MoveRequest& request) {
  auto done = registry::moveRegistry(
      from, to, [](const std::string& what) { std::fprintf(stderr, "cairnd: %s\n", what.c_str()); });
  if (!done) return done.error();
  return Report{request.json ? asJson(*done) : words(*done, request)};
}

int run(const std::string& file, const MoveRequest& request) {
  const auto from = readConfig(file), to = readConfig(request.to);
  if (!from || !to) return 2;
  if (isPostgres(from->registryPath) || !isPostgres(to->registryPath)) {
    std::fprintf(stderr,
                 "cairnd: --config must name a registry file (engine \"sqlite\"), --to a configuration with engine"
                 " \"postgres\"\n");
    return 2;
  }
  return printReport(request.abandon ? abandoned(from->registryPath, to->registryPath)
                                     : moved(from->registryPath, to->registryPath, request));
}

}  // namespace

void addMoveCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<MoveRequest>();
  auto* move = cli.add_subcommand("move", "change an engine while masters serve");
  move->require_subcommand(1);
  auto* command = move->add_subcommand("registry", "from the registry's file to PostgreSQL; may be run again");
  command->add_option("--to", request->to, "a configuration file whose [registry] is the new one")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_flag("--abandon", request->abandon,
                    "open a sealed file again, after a move that failed at its very end");
  command->callback([&file, &json, &exitCode, request] {
    request->json = json;
    exitCode = run(file, *request);
  });
}

}  // namespace cairn::app
