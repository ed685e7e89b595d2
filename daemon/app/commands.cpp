#include "daemon/app/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "daemon/app/audit_command.h"
#include "daemon/app/bucket_command.h"
#include "daemon/app/config.h"
#include "daemon/app/drill_command.h"
#include "daemon/app/export_command.h"
#include "daemon/app/fleet_command.h"
#include "daemon/app/fsck_command.h"
#include "daemon/app/history_command.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/import_command.h"
#include "daemon/app/move_command.h"
#include "daemon/app/operator_commands.h"
#include "daemon/app/reconcile_command.h"
#include "daemon/app/registry.h"
#include "daemon/app/status_command.h"

namespace cairn::app {

int printReport(const Result<Report>& report) {
  if (!report) {
    std::fprintf(stderr, "cairnd: %s\n", report.error().message.c_str());
    return 1;
  }
  std::fputs(report->text.c_str(), stdout);
  return report->good ? 0 : 1;
}

std::optional<Config> readConfig(const std::string& file, const std::string& profile) {
  auto environment = processEnvironment();
  if (!profile.empty()) environment.push_back("CAIRN_NODE_PROFILE=" + profile);
  Loaded loaded = load(file, environment);
  for (const Mistake& m : loaded.mistakes) std::fprintf(stderr, "%s\n", m.str().c_str());
  return loaded.mistakes.empty() ? std::optional(loaded.config) : std::nullopt;
}

namespace {

void addAuditCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<AuditRequest>();
  auto* audit = cli.add_subcommand("audit", "the log of what operators did, offline");
  audit->require_subcommand(1);
  auto add = [&](const char* name, const char* help, Result<Report> (*command)(const AuditRequest&)) {
    auto* added = audit->add_subcommand(name, help);
    added->add_option("--registry", request->registry, "registry file; default: the configuration's");
    added->callback([&file, &json, &exitCode, request, command] {
      if (request->registry.empty()) {
        auto config = readConfig(file);
        if (!config) return void(exitCode = 2);
        request->registry = config->registryPath;
      }
      request->json = json;
      exitCode = printReport(command(*request));
    });
    return added;
  };
  add("verify", "prove that no row was changed, taken out or put in", verifyAuditCommand)
      ->add_option("--expect", request->expect, "SEQUENCE:HASH noted earlier, which must still be there");
  auto* list = add("list", "show the newest rows", listAuditCommand);
  list->add_option("--from", request->from, "first sequence to show instead");
  list->add_option("--limit", request->limit, "rows to show")->capture_default_str()->check(CLI::Range(1, 100000));
}

}  // namespace

void addCommands(CLI::App& cli, const std::string& file, const std::string& profile, const bool& json, int& exitCode) {
  auto api = std::make_shared<std::string>(), token = std::make_shared<std::string>();
  auto* status = cli.add_subcommand("status", "ask a running master how it and its fleet are");
  status->add_option("--api", *api, "host:port of a master's API door; default: the configuration's");
  status->add_option("--token-file", *token, "an operator's token, where the door asks for one; or CAIRN_TOKEN_FILE");
  status->callback([&file, &json, &exitCode, api, token] {
    std::string address = *api;
    if (address.empty()) {
      auto config = readConfig(file);
      if (!config) return void(exitCode = 2);
      address = config->api.address + ":" + std::to_string(config->api.port);
    }
    exitCode = printReport(statusOf(address, *token, json));
  });

  auto request = std::make_shared<HistoryRequest>();
  auto* verify = cli.add_subcommand("verify-history", "prove a bucket's chain of receipts, offline");
  verify->add_option("--bucket", request->bucket, "owner/name; default: every bucket");
  verify->add_option("--registry", request->registry, "registry file; default: the configuration's");
  verify->add_option("--export", request->exportFile,
                     "write the history as JSON lines, to be verified elsewhere with --from");
  verify->add_option("--from", request->fromFile, "verify an export instead of a registry");
  verify->add_flag("--require-vouched", request->requireVouched,
                   "fail unless an admin vouched for each key that signed a receipt");
  verify->callback([&file, &json, &exitCode, request] {
    if (request->fromFile.empty() && request->registry.empty()) {
      auto config = readConfig(file);
      if (!config) return void(exitCode = 2);
      request->registry = config->registryPath;
    }
    request->json = json;
    exitCode = printReport(verifyHistoryCommand(*request));
  });

  addAuditCommands(cli, file, json, exitCode);

  auto downTo = std::make_shared<std::optional<int>>();
  auto* migrate = cli.add_subcommand("migrate", "bring the registry's schema to what this cairnd needs");
  migrate->add_option("--down-to", *downTo, "go back to this version instead; 0 leaves only the root pointers")
      ->check(CLI::NonNegativeNumber);
  migrate->callback([&file, &exitCode, downTo] {
    auto config = readConfig(file);
    if (!config) return void(exitCode = 2);
    auto done = migrateRegistry(config->registryPath, *downTo);
    exitCode = done ? printReport(Report{*done}) : printReport(done.error());
  });

  auto* fsck = cli.add_subcommand("fsck", "check a stopped node: every block, and all that each bucket's root reaches");
  fsck->callback([&file, &profile, &json, &exitCode] {
    auto config = readConfig(file, profile);
    exitCode = config ? printReport(fsckCommand(*config, json)) : 2;
  });

  addIdentityCommands(cli, file, json, exitCode);
  addOperatorCommands(cli, file, json, exitCode);
  addDrillCommands(cli, json, exitCode);
  addBucketCommands(cli, file, json, exitCode);
  addExportCommand(cli, file, json, exitCode);
  addImportCommand(cli, file, json, exitCode);
  addMoveCommand(cli, file, json, exitCode);
  addReconcileCommand(cli, file, json, exitCode);
  addFleetCommand(cli, file, json, exitCode);
}

}  // namespace cairn::app
