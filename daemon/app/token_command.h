// `cairnd token issue|inspect|revoke`.
//
// Contract: issue signs with a wallet's key and prints the token alone; for no other fleet than the one named, or
// noted beside the key file (expectFleet() in wallet.h). inspect says in words what a token is and
// whether it would be taken, and why not (`good` false); with a registry also whether it was revoked.
// revoke voids what a wallet was issued up to a moment, on all masters within two seconds, and writes
// it to the audit log. Tokens are read from files or standard input, never from the command line.
#pragma once

#include "common/identity/token.h"
#include "daemon/app/action_command.h"
#include "daemon/app/config.h"
#include "daemon/app/status_command.h"

namespace cairn::app {

struct IssueRequest {
  std::string keyFile, passwordFile;
  std::string api, s3;  ///< one of a master's doors, for the challenge; version 2
  std::string fleet;    ///< that the token is for; empty: the one that the wallet is known in
  int version = 2;
  std::int64_t seconds = 3600;
  std::string bucket = "*", prefix, operations = "read,write,list,delete";
  bool asOperator = false;
};
Result<Report> issueTokenCommand(const IssueRequest& request);

struct InspectRequest {
  std::string file = "-";
  std::string registry;  ///< empty: what only it knows is left out
  bool json = false;
};
Result<Report> inspectTokenCommand(const InspectRequest& request);

struct RevokeRequest {
  std::string tokenFile;             ///< or:
  std::string wallet;                ///< with
  std::optional<std::int64_t> upTo;  ///< seconds since 1970; nullopt: everything up to now and a little more
};
Result<Report> revokeTokenCommand(const Config& config, const RevokeRequest& request);
/// The wallet's own, at the master and with the key that `own` names; `wallet` of the request says nothing here.
Result<Report> revokeOwnTokensCommand(const ActionRequest& own, RevokeRequest request);

}  // namespace cairn::app
