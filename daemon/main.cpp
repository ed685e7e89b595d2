// cairnd: subcommands and their options. What they do is in daemon/app.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "daemon/app/commands.h"
#include "daemon/app/config.h"
#include "daemon/app/init.h"
#include "daemon/app/serve.h"

namespace {

using namespace cairn::app;

constexpr int kFailed = 1, kUsage = 2;

/// Loads the configuration, or says every mistake.
std::optional<Config> configuration(const std::string& file, const std::string& profile) {
  auto environment = processEnvironment();
  if (!profile.empty()) environment.push_back("CAIRN_NODE_PROFILE=" + profile);
  Loaded loaded = load(file, environment);
  for (const Mistake& m : loaded.mistakes) std::fprintf(stderr, "%s\n", m.str().c_str());
  if (!loaded.mistakes.empty()) return std::nullopt;
  return loaded.config;
}

int print(const cairn::Result<std::string>& text) {
  if (!text) {
    std::fprintf(stderr, "cairnd: %s\n", text.error().message.c_str());
    return kFailed;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"cairnd " CAIRN_VERSION ": an S3 store on IPFS whose masters may all write the same bucket"};
  cli.set_version_flag("--version", "cairnd " CAIRN_VERSION);
  cli.require_subcommand(1);
  cli.fallthrough();
  std::string file = "/etc/cairn/cairnd.toml", profile;
  bool json = false;
  int exitCode = 0;
  cli.add_option("--config", file, "configuration file")->capture_default_str();
  cli.add_option("--profile", profile, "master or storage; overrides the configuration")
      ->check(CLI::IsMember({"master", "storage"}));
  cli.add_flag("--json", json, "answer in JSON where a command can");

  auto* run = cli.add_subcommand("serve", "run this node until SIGTERM");
  run->callback([&] {
    auto config = configuration(file, profile);
    exitCode = config ? serve(*config, json, argc, argv) : kUsage;
  });
  auto* check = cli.add_subcommand("check-config", "name every mistake in the configuration, by file and line");
  check->callback([&] {
    auto config = configuration(file, profile);
    exitCode = config ? 0 : kUsage;
    if (config) std::printf("%s: no mistakes\n", file.c_str());
  });
  InitOptions initOptions;
  auto* make = cli.add_subcommand("init", "make this node's keys and, if there is none, a configuration");
  make->add_option("--name", initOptions.node, "the node's name in its fleet")->capture_default_str();
  make->add_option("--data", initOptions.data, "directory for keys and blocks")->capture_default_str();
  make->add_option("--admin", initOptions.admin, "the wallet that becomes the fleet's first admin");
  make->callback([&] {
    initOptions.configFile = file;
    if (!profile.empty()) initOptions.profile = profile;
    exitCode = print(init(initOptions));
  });
  addCommands(cli, file, profile, json, exitCode);

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = cli.exit(error);
    return code == 0 ? 0 : kUsage;
  }
  return exitCode;
}
