#include "daemon/app/caller_options.h"

#include <CLI/CLI.hpp>

#include "daemon/app/api_call.h"
#include "daemon/app/keys.h"
#include "daemon/drill/s3_client.h"

namespace cairn::app {

void addCallerOptions(CLI::App& command, CallerOptions& options) {
  command.add_option("--token-file", options.tokenFile, "a bearer token; or CAIRN_TOKEN_FILE");
  command.add_option("--access-key", options.accessKey, "an access key's id, instead of a token");
  command.add_option("--secret-file", options.secretFile, "the file with its secret");
}

Status authorize(http::ClientRequest& request, const http::Endpoint& endpoint, const CallerOptions& as) {
  if (!as.accessKey.empty()) {
    auto secret = readSecretFile(as.secretFile);
    if (!secret) return secret.error();
    drill::Signer({as.accessKey, *secret, "us-east-1"}).sign(request, drill::nameOf(endpoint), systemClock()->now());
    return {};
  }
  auto token = readToken(as.tokenFile);
  if (!token) return token.error();
  if (token->empty())
    return fail(Errc::invalid, "this asks for credentials: --token-file, or --access-key and --secret-file");
  request.headers.add("Authorization", "Bearer " + *token);
  return {};
}

}  // namespace cairn::app
