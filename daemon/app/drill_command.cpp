#include "daemon/app/drill_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "daemon/app/keys.h"
#include "daemon/drill/control.h"
#include "daemon/fleet/membership.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr int kFailed = 1, kUsage = 2;
constexpr std::uint64_t kControlWrites = 1'000;

struct DrillRequest {
  std::vector<std::string> masters, apis;
  std::string secretFile;
  bool control = false;
  drill::Options options;
};

Status parse(const std::vector<std::string>& texts, const char* option, std::vector<http::Endpoint>& out) {
  constexpr std::string_view kScheme = "http://";  // as `./dev run` prints API doors
  for (const std::string& text : texts) {
    auto address = fleet::parseAddress(text.starts_with(kScheme) ? text.substr(kScheme.size()) : text);
    if (!address) return fail(Errc::invalid, std::string(option) + " " + text + ": " + address.error().message);
    out.push_back({address->host, address->port, false, {}});
  }
  return {};
}

/// What a running fleet is needed for; the control makes its own.
Status complete(DrillRequest& request) {
  drill::Options& o = request.options;
  if (auto s = parse(request.masters, "--master", o.masters); !s) return s;
  if (auto s = parse(request.apis, "--api", o.apis); !s) return s;
  const std::size_t least = o.kind == drill::Kind::unfenced_failover ? 2 : 1;
  if (o.masters.size() < least)
    return fail(Errc::invalid, "this drill needs " + std::string(least == 1 ? "a master" : "two masters") +
                                   ": give --master host:port for each, or --control");
  if (o.masters.size() > 64) return fail(Errc::invalid, "at most 64 masters");
  if (o.credentials.accessKey.empty() || request.secretFile.empty())
    return fail(Errc::invalid, "--access-key and --secret-file are needed, of a key that the masters know");
  auto secret = readSecretFile(request.secretFile);
  if (!secret) return secret.error();
  o.credentials.secret = *secret;
  return {};
}

void showOnTerminal(const drill::Progress& p) {
  if (p.verifying)
    std::fprintf(stderr, "\r\033[Kread %llu of %llu", static_cast<unsigned long long>(p.done),
                 static_cast<unsigned long long>(p.of));
  else
    std::fprintf(stderr, "\r\033[Kwrite %llu of %llu: %llu acknowledged, %llu rejected and retried",
                 static_cast<unsigned long long>(p.done), static_cast<unsigned long long>(p.of),
                 static_cast<unsigned long long>(p.acknowledged), static_cast<unsigned long long>(p.rejected));
}

int run(DrillRequest request, bool json) {
  if (!request.control)
    if (auto s = complete(request); !s) {
      std::fprintf(stderr, "cairnd drill: %s\n", s.error().message.c_str());
      return kUsage;
    }
  log::configure(log::Level::error, log::Format::text, "drill");
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  auto report = drill::runCommand(std::move(request.options), request.control,
                                  terminal ? showOnTerminal : std::function<void(const drill::Progress&)>());
  if (terminal) std::fputs("\r\033[K", stderr);
  if (!report) {
    std::fprintf(stderr, "cairnd drill: %s\n", report.error().message.c_str());
    return kFailed;
  }
  std::fputs((json ? drill::json(*report) : drill::text(*report)).c_str(), stdout);
  return report->good() ? 0 : kFailed;
}

void addOne(CLI::App& drills, drill::Kind kind, const char* about, const bool& json, int& exitCode) {
  auto request = std::make_shared<DrillRequest>();
  request->options.kind = kind;
  drill::Options& o = request->options;
  auto* command = drills.add_subcommand(std::string(drill::toString(kind)), about);
  command->add_option("--master", request->masters, "host:port of a master's S3 door; once for each");
  command->add_option("--api", request->apis, "host:port of a master's API door, for its counters; once for each");
  command->add_option("--access-key", o.credentials.accessKey, "an access key that the masters know");
  command->add_option("--secret-file", request->secretFile, "file with its secret key, mode 0600");
  command->add_option("--region", o.credentials.region, "as the masters are configured")->capture_default_str();
  command->add_option("--bucket", o.bucket, "made if it is not there; default: drill-<random>");
  auto* writes = command->add_option("--writes", o.writes, "how many; 1,000 for a control")
                     ->capture_default_str()
                     ->check(CLI::Range(1, 10'000'000));
  command->add_option("--workers", o.workers, "at once")->capture_default_str()->check(CLI::Range(2, 1024));
  command->add_flag("--keep", o.keep, "leave the bucket and its keys");
  command->add_flag("--control", request->control,
                    "turn CAS off in a scratch registry: must show lost updates, or the drill could not see any");
  command->callback([request, writes, &json, &exitCode] {
    if (request->control && writes->count() == 0) request->options.writes = kControlWrites;
    exitCode = run(*request, json);
  });
}

}  // namespace

void addDrillCommands(CLI::App& cli, const bool& json, int& exitCode) {
  auto* drills = cli.add_subcommand("drill", "prove on running masters that no acknowledged write is lost");
  drills->require_subcommand(1);
  drills->fallthrough();
  addOne(*drills, drill::Kind::cas_race, "every master writes the same bucket at once", json, exitCode);
  addOne(*drills, drill::Kind::unfenced_failover,
         "halfway the first master is presumed dead while it is not: its writers move, a few zombies go on", json,
         exitCode);
}

}  // namespace cairn::app
