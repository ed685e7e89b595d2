#include "daemon/app/owner_command.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <regex>

#include "common/api/past.h"
#include "common/base/url.h"
#include "daemon/app/api_call.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/keys.h"
#include "daemon/drill/s3_client.h"
#include "daemon/drill/signer.h"
#include "daemon/fleet/membership.h"

namespace cairn::app {
namespace {

Result<http::ClientRequest> makeRequest(const OwnerRequest& asked, const http::Endpoint& endpoint) {
  http::ClientRequest request;
  request.method = "POST";
  request.timeout = std::chrono::minutes(10);
  request.target = "/" + uriEncode(asked.bucket);
  char separator = '?';
  for (const auto& [name, value] : asked.query)
    request.target += std::exchange(separator, '&') + name + "=" + uriEncode(value);
  if (!asked.owner.empty()) request.headers.add("x-amz-expected-bucket-owner", asked.owner);
  if (!asked.accessKey.empty()) {
    auto secret = readSecretFile(asked.secretFile);
    if (!secret) return secret.error();
    drill::Signer({asked.accessKey, *secret, "us-east-1"}).sign(request, drill::nameOf(endpoint), systemClock()->now());
    return request;
  }
  auto token = readToken(asked.tokenFile);
  if (!token) return token.error();
  if (token->empty())
    return fail(Errc::invalid,
                "this asks for the owner's credentials: --token-file, or --access-key and --secret-file");
  request.headers.add("Authorization", "Bearer " + *token);
  return request;
}

Error refusalOf(const http::Response& answer) {
  const std::string body(asText(answer.body));
  std::smatch found;
  const bool said = std::regex_search(body, found, std::regex("<Code>(\\w*)</Code><Message>([^<]*)</Message>"));
  return fail(answer.status >= 500 ? Errc::unavailable : Errc::denied,
              said ? found[1].str() + ": " + found[2].str() : "HTTP status " + std::to_string(answer.status));
}

std::string wordsOf(const api::Brought& b) {
  std::string out = std::string(b.dryRun ? "would bring back " : "brought back ") + std::to_string(b.put) +
                    " keys and remove " + std::to_string(b.removed) + "; " + std::to_string(b.kept) +
                    " were changed since and are kept\n";
  for (const std::string& key : b.keys) out += "  " + key + "\n";
  for (const std::string& key : b.keptKeys) out += "  kept " + key + "\n";
  for (std::size_t i = 0; i < b.bothKeys.size() && i < b.secondNames.size(); ++i)
    out += "  both " + b.bothKeys[i] + ", and " + b.secondNames[i] + "\n";
  return out;
}

/// A command with the owner's credentials; `query` says what is asked once the options are read.
CLI::App* add(CLI::App& to, const char* name, const char* help, const std::string& file, const bool& json,
              int& exitCode, const std::shared_ptr<OwnerRequest>& r, std::function<void()> query) {
  auto* command = to.add_subcommand(name, help);
  command->add_option("bucket", r->bucket, "the bucket's name, of the credentials' owner")->required();
  command->add_option("--s3", r->s3, "host:port of a master's S3 door; default: the configuration's");
  command->add_option("--token-file", r->tokenFile, "a bearer token; or CAIRN_TOKEN_FILE");
  command->add_option("--access-key", r->accessKey, "an access key's id, instead of a token");
  command->add_option("--secret-file", r->secretFile, "the file with its secret");
  command->callback([&file, &json, &exitCode, r, query = std::move(query)] {
    if (r->s3.empty()) {
      auto config = readConfig(file);
      if (!config) return void(exitCode = 2);
      r->s3 = config->s3.address + ":" + std::to_string(config->s3.port);
    }
    r->json = json;
    query();
    exitCode = printReport(bringBackCommand(*r));
  });
  return command;
}

void addDryRun(CLI::App& command, const std::shared_ptr<bool>& dryRun) {
  command.add_flag("--dry-run", *dryRun, "only say what would be done");
}
void askDryRun(OwnerRequest& r, bool dryRun) {
  if (dryRun) r.query.emplace_back("dry-run", "");
}

}  // namespace

Result<Report> bringBackCommand(const OwnerRequest& asked) {
  const auto address = fleet::parseAddress(asked.s3);
  if (!address) return address.error();
  const http::Endpoint endpoint{address->host, address->port, false, {}};
  auto request = makeRequest(asked, endpoint);
  if (!request) return request.error();
  net::io_context io(1);
  http::Client client(io, {});
  Result<http::Response> answer = fail(Errc::unavailable, "");
  auto ask = [&]() -> Task<void> { answer = co_await client.request(endpoint, std::move(*request)); };
  spawn(net::make_strand(io), ask());
  io.run();
  if (!answer) return fail(answer.error().code, "no master answers at " + asked.s3 + ": " + answer.error().message);
  if (answer->status != 200) return fail(refusalOf(*answer).code, asked.s3 + ": " + refusalOf(*answer).message);
  if (asked.json) return Report{std::string(asText(answer->body)) + "\n"};
  auto done = api::fromJson<api::Brought>(asText(answer->body));
  if (!done) return done.error();
  return Report{wordsOf(*done)};
}

void addRestore(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode) {
  auto r = std::make_shared<OwnerRequest>();
  auto at = std::make_shared<std::string>(), prefix = std::make_shared<std::string>();
  auto dryRun = std::make_shared<bool>(false);
  auto* command = add(bucket, "restore", "make its contents what they were, in one commit", file, json, exitCode, r,
                      [r, at, prefix, dryRun] {
                        r->query = {{"cairn-restore", ""}, {"at", *at}, {"prefix", *prefix}};
                        askDryRun(*r, *dryRun);
                      });
  command->add_option("--at", *at, "a version, a root's CID, or a time such as 2026-01-31T12:00:00Z")->required();
  command->add_option("--prefix", *prefix, "only keys that begin with it");
  addDryRun(*command, dryRun);
}

void addUndo(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode) {
  auto r = std::make_shared<OwnerRequest>();
  auto version = std::make_shared<std::string>(), prefix = std::make_shared<std::string>();
  auto dryRun = std::make_shared<bool>(false);
  auto* command = add(bucket, "undo", "take back what one version changed, but for what was changed since", file, json,
                      exitCode, r, [r, version, prefix, dryRun] {
                        r->query = {{"cairn-undo", ""}, {"prefix", *prefix}};
                        if (!version->empty()) r->query.emplace_back("version", *version);
                        askDryRun(*r, *dryRun);
                      });
  command->add_option("--version", *version, "which one; default: the newest");
  command->add_option("--prefix", *prefix, "only keys that begin with it");
  addDryRun(*command, dryRun);
}

void addReconcile(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode) {
  auto r = std::make_shared<OwnerRequest>();
  auto at = std::make_shared<std::string>(), from = std::make_shared<std::string>();
  auto base = std::make_shared<std::string>(), prefix = std::make_shared<std::string>();
  auto dryRun = std::make_shared<bool>(false);
  auto* command = add(bucket, "reconcile", "merge what another line of its history had; both sides' changes are kept",
                      file, json, exitCode, r, [r, at, from, base, prefix, dryRun] {
                        r->query = {{"cairn-reconcile", ""}, {"prefix", *prefix}};
                        for (const auto& [name, value] : {std::pair("at", *at), {"from", *from}, {"base", *base}})
                          if (!value.empty()) r->query.emplace_back(name, value);
                        askDryRun(*r, *dryRun);
                      });
  auto* lost = command->add_option("--at", *at, "the version or root that was overwritten without being read");
  command->add_option("--from", *from, "or the owner's other bucket that has the other line, as `import` made it")
      ->excludes(lost);
  command->add_option("--base", *base, "the last version or root that both lines had; default: nothing is common");
  command->add_option("--prefix", *prefix, "only keys that begin with it");
  addDryRun(*command, dryRun);
}

void addAdopt(CLI::App& conflicts, const std::string& file, const bool& json, int& exitCode) {
  auto r = std::make_shared<OwnerRequest>();
  auto race = std::make_shared<std::string>();
  auto keys = std::make_shared<std::vector<std::string>>();
  auto dryRun = std::make_shared<bool>(false);
  auto* command = add(conflicts, "adopt", "write what the loser had under the keys named, over what stands there", file,
                      json, exitCode, r, [r, race, keys, dryRun] {
                        r->query = {{"cairn-adopt", ""}, {"race", *race}};
                        for (const std::string& key : *keys) r->query.emplace_back("key", key);
                        askDryRun(*r, *dryRun);
                      });
  command->add_option("race", *race, "its number, as `conflicts list` shows it")->required();
  command->add_option("keys", *keys, "which keys")->required();
  addDryRun(*command, dryRun);
}

}  // namespace cairn::app
