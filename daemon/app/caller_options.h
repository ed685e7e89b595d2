// As whom a command of this machine asks a master for a user's data: by a bearer token, or with an access key.
//
// Contract: authorize() signs the request as it stands, for `endpoint`: nothing of it may be changed afterwards. A body
// that comes from a source is not covered by the signature. Errc::invalid when neither is given, else what reading the
// files gives. Secrets are read from files only.
#pragma once

#include <string>

#include "daemon/http/client.h"

namespace CLI {
class App;
}

namespace cairn::app {

struct CallerOptions {
  std::string tokenFile;              ///< or what CAIRN_TOKEN_FILE names
  std::string accessKey, secretFile;  ///< or SigV4
};

void addCallerOptions(CLI::App& command, CallerOptions& options);
Status authorize(http::ClientRequest& request, const http::Endpoint& endpoint, const CallerOptions& as);

}  // namespace cairn::app
