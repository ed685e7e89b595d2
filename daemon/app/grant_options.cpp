#include "daemon/app/grant_options.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "daemon/app/grant_command.h"
#include "daemon/app/identity_commands.h"

namespace cairn::app {
namespace {

void addCreate(CLI::App& grant, const bool& json, int& exitCode) {
  auto request = std::make_shared<GrantRequest>();
  auto* create = grant.add_subcommand("create", "sign a grant with a wallet's key; without --grantee it is a secret");
  create->add_option("--key", request->keyFile, "the wallet's key file (Web3 Secret Storage), or a key in hexadecimal")
      ->required();
  create->add_option("--password-file", request->passwordFile, "file of mode 0600 with the key file's password");
  auto* fleet = create->add_option("--fleet", request->fleet, "the fleet's id; nobody is asked then");
  auto* api = create->add_option("--api", request->api, "or host:port of a master's API door, which tells it");
  api->excludes(fleet);
  create->add_option("--s3", request->s3, "or of its S3 door, which does, too")->excludes(fleet)->excludes(api);
  create->add_option("--bucket", request->bucket, "the wallet's bucket that it is for")->required();
  create->add_option("--prefix", request->prefix, "only keys that begin so");
  create->add_option("--operations", request->operations, "some of read,write,list,delete")->capture_default_str();
  create->add_option("--grantee", request->grantee, "the wallet that may use it; default: whoever has it");
  create->add_option("--seconds", request->seconds, "how long it is good, at most 90 days")
      ->check(CLI::Range(std::int64_t{1}, identity::kMostGrantLife))
      ->capture_default_str();
  create->add_option("--count", request->count, "how many requests it is good for; 0 is any number")
      ->capture_default_str();
  auto* url = create->add_option("--url", request->url, "of an S3 endpoint: print an address to open instead");
  create->add_option("--object", request->object, "the key that the address is of; default: a listing")->needs(url);
  create->callback([request, &json, &exitCode] {
    request->json = json;
    exitCode = printReport(createGrantCommand(*request));
  });
}

void addRevoke(CLI::App& grant, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<GrantRevocation>();
  auto own = std::make_shared<ActionRequest>();
  auto* revoke = grant.add_subcommand("revoke", "void a grant on all masters");
  auto* given = revoke->add_option_group("which");
  given->add_option("--grant", request->file, "file with the grant, or an address that holds it; - is standard input");
  given->add_option("--digest", request->digest, "or its digest, as inspect prints it");
  given->require_option(1);
  addOwnOptions(*revoke, *own);
  revoke->callback([request, own, &file, &json, &exitCode] {
    own->json = json;
    if (!own->s3.empty()) return void(exitCode = printReport(revokeOwnGrantCommand(*own, *request)));
    auto config = readConfig(file);
    if (!config) return void(exitCode = 2);
    exitCode = printReport(revokeGrantCommand(*config, *request));
  });
}

}  // namespace

void addGrantCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto* grant = cli.add_subcommand("grant", "share part of a bucket: create, inspect, revoke");
  grant->require_subcommand(1);
  addCreate(*grant, json, exitCode);
  auto request = std::make_shared<GrantInspection>();
  auto* inspect = grant->add_subcommand("inspect", "say what a grant is and why it would be refused");
  inspect->add_option("file", request->file, "file with the grant; - is standard input")->capture_default_str();
  inspect->add_option("--registry", request->registry, "registry file, to look for revocations");
  inspect->callback([request, &json, &exitCode] {
    request->json = json;
    exitCode = printReport(inspectGrantCommand(*request));
  });
  addRevoke(*grant, file, json, exitCode);
}

}  // namespace cairn::app
