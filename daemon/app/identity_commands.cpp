// The options of `cairnd token` and `cairnd key`; those of `grant` are in grant_options.cpp.
#include "daemon/app/identity_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "daemon/app/grant_options.h"
#include "daemon/app/key_command.h"
#include "daemon/app/token_command.h"
#include "daemon/auth/identity_view.h"

namespace cairn::app {
namespace {

void addIssue(CLI::App& token, int& exitCode) {
  auto request = std::make_shared<IssueRequest>();
  auto* issue = token.add_subcommand("issue", "sign a token with a wallet's key");
  issue->add_option("--key", request->keyFile, "the wallet's key file (Web3 Secret Storage), or a key in hexadecimal")
      ->required();
  issue->add_option("--password-file", request->passwordFile, "file of mode 0600 with the key file's password");
  auto* api = issue->add_option("--api", request->api, "host:port of a master's API door, which gives the challenge");
  issue->add_option("--s3", request->s3, "or of its S3 door, which does, too")->excludes(api);
  issue->add_option("--fleet", request->fleet,
                    "the fleet's id; default: the one noted in KEY.fleet, or the first asked");
  issue->add_option("--token-version", request->version, "1 is for gateways that know no scopes")
      ->check(CLI::IsMember({1, 2}))
      ->capture_default_str();
  issue->add_option("--seconds", request->seconds, "how long it is good, at most 86400")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  issue->add_option("--bucket", request->bucket, "the bucket it is for; * is all")->capture_default_str();
  issue->add_option("--prefix", request->prefix, "what its keys begin with");
  issue->add_option("--operations", request->operations, "some of read,write,list,delete")->capture_default_str();
  issue->add_flag("--operator", request->asOperator, "for operators' calls, too");
  issue->callback([request, &exitCode] { exitCode = printReport(issueTokenCommand(*request)); });
}

void addRevoke(CLI::App& token, const std::string& file, const bool& json, int& exitCode) {
  auto revoked = std::make_shared<RevokeRequest>();
  auto own = std::make_shared<ActionRequest>();
  auto* revoke = token.add_subcommand("revoke", "void a wallet's tokens on all masters");
  auto* byToken = revoke->add_option("--token", revoked->tokenFile, "file with a token; it and older ones are voided");
  auto* wallet = revoke->add_option("--wallet", revoked->wallet, "or the wallet's address")->excludes(byToken);
  revoke->add_option("--up-to", revoked->upTo, "issued up to, seconds since 1970; default: all until now")
      ->excludes(byToken);
  addOwnOptions(*revoke, *own);
  wallet->excludes("--master");
  revoke->callback([revoked, own, &file, &json, &exitCode] {
    own->json = json;
    if (!own->s3.empty()) return void(exitCode = printReport(revokeOwnTokensCommand(*own, *revoked)));
    auto config = readConfig(file);
    if (!config) return void(exitCode = 2);
    exitCode = printReport(revokeTokenCommand(*config, *revoked));
  });
}

void addToken(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto* token = cli.add_subcommand("token", "wallets' tokens: issue, inspect, revoke");
  token->require_subcommand(1);
  addIssue(*token, exitCode);
  auto inspected = std::make_shared<InspectRequest>();
  auto* inspect = token->add_subcommand("inspect", "say what a token is and why it would be refused");
  inspect->add_option("file", inspected->file, "file with the token; - is standard input")->capture_default_str();
  inspect->add_option("--registry", inspected->registry, "registry file, to look for revocations");
  inspect->callback([inspected, &json, &exitCode] {
    inspected->json = json;
    exitCode = printReport(inspectTokenCommand(*inspected));
  });
  addRevoke(*token, file, json, exitCode);
}

void addChange(CLI::App& key, const std::string& file, int& exitCode, KeyChange change, const char* name,
               const char* help) {
  auto id = std::make_shared<std::string>();
  auto* command = key.add_subcommand(name, help);
  command->add_option("id", *id, "the key's id")->required();
  command->callback([id, change, &file, &exitCode] {
    auto config = readConfig(file);
    exitCode = config ? printReport(changeKeyCommand(*config, change, *id)) : 2;
  });
}

void addRotate(CLI::App& key, const std::string& file, const bool& json, int& exitCode) {
  auto purpose = std::make_shared<std::string>();
  auto jwt = std::make_shared<JwtRotation>();
  auto* rotate = key.add_subcommand("rotate", "make a new shared key; a secret of JSON web tokens is shown once");
  rotate->add_option("purpose", *purpose, "session, nonce, access-key or jwt")
      ->required()
      ->check(CLI::IsMember({"session", "nonce", "access-key", "jwt"}));
  auto* secret = rotate->add_option("--secret-file", jwt->secretFile,
                                    "jwt: file of mode 0600 with the secret of an issuer that there is already");
  auto* kid = rotate->add_option("--kid", jwt->kid,
                                 "jwt: the kid of its tokens; default: the shared key's id, or any for --secret-file");
  rotate->callback([purpose, jwt, secret, kid, &file, &json, &exitCode] {
    if (*purpose != auth::kJwtKey && secret->count() + kid->count() > 0)
      throw CLI::ValidationError("rotate", "--secret-file and --kid go with jwt");
    auto config = readConfig(file);
    if (!config) return void(exitCode = 2);
    jwt->json = json;
    exitCode =
        printReport(*purpose == auth::kJwtKey ? rotateJwtCommand(*config, *jwt) : rotateKeyCommand(*config, *purpose));
  });
}

void addKey(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto* key = cli.add_subcommand("key", "access keys in the registry, and the keys that masters share");
  key->require_subcommand(1);
  auto made = std::make_shared<NewKeyRequest>();
  auto* create = key->add_subcommand("create", "make an access key; its secret is shown once");
  create->add_option("--owner", made->owner, "whose buckets it works on")->required();
  create->add_option("--label", made->label, "what it is for");
  create->add_option("--bucket", made->bucket, "only this bucket");
  create->add_option("--prefix", made->prefix, "only keys that begin so");
  create->add_option("--operations", made->operations, "only some of read,write,list,delete");
  create->add_option("--seconds", made->seconds, "how long it is good; default: until it is deleted")
      ->check(CLI::Range(1, 1'000'000'000));
  create->callback([made, &file, &json, &exitCode] {
    made->json = json;
    auto config = readConfig(file);
    exitCode = config ? printReport(createKeyCommand(*config, *made)) : 2;
  });
  auto owner = std::make_shared<std::string>();
  auto* list = key->add_subcommand("list", "access keys in the registry");
  list->add_option("--owner", *owner, "only this owner's");
  list->callback([owner, &file, &json, &exitCode] {
    auto config = readConfig(file);
    exitCode = config ? printReport(listKeysCommand(*config, *owner, json)) : 2;
  });
  addChange(*key, file, exitCode, KeyChange::enable, "enable", "let a disabled access key work again");
  addChange(*key, file, exitCode, KeyChange::disable, "disable", "refuse an access key until it is enabled again");
  addChange(*key, file, exitCode, KeyChange::remove, "delete", "refuse an access key for good");
  addChange(*key, file, exitCode, KeyChange::retire, "retire", "open nothing any more that a shared key sealed");
  auto* reseal = key->add_subcommand("reseal", "seal all access keys under the newest shared key");
  reseal->callback([&file, &json, &exitCode] {
    auto config = readConfig(file);
    exitCode = config ? printReport(resealKeysCommand(*config, json)) : 2;
  });
  addRotate(*key, file, json, exitCode);
}

}  // namespace

void addOwnOptions(CLI::App& command, ActionRequest& own) {
  auto* master = command.add_option("--master", own.s3,
                                    "ask a master for it, at its S3 endpoint (http://HOST:PORT), as the wallet itself; "
                                    "default: write it into the configuration's registry file");
  auto* key = command.add_option("--key", own.keyFile, "the wallet's key file, or a key in hexadecimal")->needs(master);
  master->needs(key);
  command.add_option("--password-file", own.passwordFile, "file of mode 0600 with the key file's password")->needs(key);
  command.add_option("--fleet", own.fleet, "the fleet's id; default: the one noted in KEY.fleet, or the first asked")
      ->needs(master);
}

void addIdentityCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  addToken(cli, file, json, exitCode);
  addKey(cli, file, json, exitCode);
  addGrantCommands(cli, file, json, exitCode);
}

}  // namespace cairn::app
