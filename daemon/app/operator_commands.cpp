// The options of `cairnd operator` and `cairnd action`.
#include "daemon/app/operator_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/json.h"
#include "daemon/app/action_command.h"
#include "daemon/app/identity_commands.h"

namespace cairn::app {
namespace {

struct Options {
  ActionRequest action;
  std::string tokenFile, wallet, role, master, publicKey, name, owner, bucket;
  OperatorRead read() const { return {action.apis, action.keyFile, action.passwordFile, tokenFile}; }
};
using Shared = std::shared_ptr<Options>;
using Run = std::function<Result<Report>(Options&)>;

class Builder {
 public:
  Builder(const std::string& file, const bool& json, int& exitCode) : file_(file), json_(json), exitCode_(exitCode) {}

  /// A command that runs with the masters named, or the configuration's.
  CLI::App* add(CLI::App& to, const char* name, const char* help, const Shared& o, Run run) const {
    auto* command = to.add_subcommand(name, help);
    command->add_option("--api", o->action.apis,
                        "host:port of a master's API door; of several the next is asked when one does not answer; "
                        "default: the configuration's");
    command->add_option("--key", o->action.keyFile,
                        "the wallet's key file (Web3 Secret Storage), or a key in hexadecimal");
    command->add_option("--password-file", o->action.passwordFile, "file of mode 0600 with the key file's password");
    command->callback([o, run = std::move(run), &file = file_, &json = json_, &exitCode = exitCode_] {
      o->action.json = json;
      if (o->action.apis.empty()) {
        auto config = readConfig(file);
        if (!config) return void(exitCode = 2);
        o->action.apis.push_back(config->api.address + ":" + std::to_string(config->api.port));
      }
      exitCode = printReport(run(*o));
    });
    return command;
  }
  /// One that signs.
  CLI::App* addSigned(CLI::App& to, const char* name, const char* help, const Shared& o, Run run) const {
    auto* command = add(to, name, help, o, std::move(run));
    command->add_flag("--print-document", o->action.print,
                      "print the typed data for another wallet to sign; send them with `cairnd action send`");
    command->add_option("--seconds", o->action.seconds, "how long the message is good")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    return command;
  }

 private:
  const std::string& file_;
  const bool& json_;
  int& exitCode_;
};

void addToken(CLI::App* command, const Shared& o) {
  command->add_option("--token-file", o->tokenFile, "an operator's token, instead of one made with the key");
}

/// Names that buckets have in the whole fleet.
void addNames(CLI::App& op, const Builder& build, const Shared& o) {
  auto* give = build.addSigned(op, "alias", "give a fleet-wide name to a bucket; signed by an operator", o,
                               [](Options& x) { return aliasCommand(x.action, x.name, x.owner, x.bucket); });
  give->add_option("name", o->name, "the name; whoever has it loses it")->required();
  give->add_option("owner", o->owner, "the bucket's owner")->required();
  give->add_option("bucket", o->bucket, "the bucket's own name; default: the same name");
  auto* take = build.addSigned(op, "unalias", "take a fleet-wide name from whoever has it; signed by an operator", o,
                               [](Options& x) { return aliasCommand(x.action, x.name, "", ""); });
  take->add_option("name", o->name, "the name")->required();
}

void addOperator(CLI::App& cli, const Builder& build) {
  auto* op = cli.add_subcommand("operator", "wallets that may see and change the fleet");
  op->require_subcommand(1);
  auto o = std::make_shared<Options>();
  addToken(build.add(*op, "list", "who has which role", o,
                     [](Options& x) { return listOperatorsCommand(x.read(), x.action.json); }),
           o);
  const auto set = [](Options& x) {
    x.action.name = "SetOperator";
    x.action.parameters = R"({"wallet":)" + quoteJson(x.wallet) + R"(,"role":)" + quoteJson(x.role) + "}";
    return actionCommand(x.action);
  };
  auto* give = build.addSigned(*op, "set", "give a wallet a role; signed by an admin", o, set);
  give->add_option("wallet", o->wallet, "its address")->required();
  give->add_option("role", o->role, "viewer reads; operator revokes and names; admin does everything")
      ->required()
      ->check(CLI::IsMember({"viewer", "operator", "admin"}));
  auto* take = build.addSigned(*op, "remove", "take a wallet's role; signed by an admin", o, [set](Options& x) {
    x.role = "none";
    return set(x);
  });
  take->add_option("wallet", o->wallet, "its address")->required();
  auto* claim = build.addSigned(*op, "claim", "become the first admin, with the code that a master logged", o,
                                [](Options& x) { return claimCommand(x.action, x.wallet); });
  claim->add_option("--code-file", o->action.codeFile, "file with the code; - is standard input");
  claim->add_option("--wallet", o->wallet, "with --print-document: the address that will sign");
  auto* vouch = build.addSigned(*op, "vouch", "sign that a master's receipt key is the fleet's", o,
                                [](Options& x) { return vouchCommand(x.action, x.read(), x.master, x.publicKey); });
  vouch->add_option("master", o->master, "its name")->required();
  vouch->add_option("--public-key", o->publicKey, "the key in hexadecimal; default: the only one that is listed");
  addToken(vouch, o);
  addNames(*op, build, o);
}

void addAction(CLI::App& cli, const Builder& build) {
  auto* action = cli.add_subcommand("action", "any signed action by its name (docs/formats/action.md)");
  action->require_subcommand(1);
  auto o = std::make_shared<Options>();
  auto* send = build.addSigned(*action, "send", "sign an action and send it, or send one that a wallet signed", o,
                               [](Options& x) { return actionCommand(x.action); });
  send->add_option("name", o->action.name, "such as RevokeTokens");
  send->add_option("--parameters", o->action.parameters, "JSON object");
  auto* document = send->add_option("--document", o->action.documentFile, "file with a printed document, instead");
  send->add_option("--signature", o->action.signature, "what the wallet answered to it, in hexadecimal")
      ->needs(document);
  send->add_option("--code-file", o->action.codeFile, "for ClaimAdmin: file with the code; - is standard input");
}

}  // namespace

void addOperatorCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  const Builder build(file, json, exitCode);
  addOperator(cli, build);
  addAction(cli, build);
}

}  // namespace cairn::app
