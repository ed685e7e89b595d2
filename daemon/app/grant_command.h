// `cairnd grant create|inspect|revoke`.
//
// Contract: create signs with a wallet's key, asking nobody unless it is to learn the fleet's id, and prints the grant,
// or the address under which it is used, alone. inspect says in words what a grant (or an address with one) is, whether
// it would be taken, and why not (`good` false); with a registry also whether it was revoked. revoke voids one grant on
// all masters within two seconds, and writes it to the audit log. A grant for anyone is a secret: it is read from files
// or standard input, never from the command line.
#pragma once

#include "common/identity/grant.h"
#include "daemon/app/action_command.h"
#include "daemon/app/config.h"
#include "daemon/app/status_command.h"

namespace cairn::app {

struct GrantRequest {
  std::string keyFile, passwordFile;
  std::string fleet;    ///< or:
  std::string api, s3;  ///< one of the doors of a master that tells it
  std::string grantee;  ///< empty: whoever has the grant
  std::string bucket, prefix, operations = "read";
  std::int64_t seconds = 24 * 3600;
  std::uint64_t count = 0;
  std::string url;     ///< of an S3 endpoint: print an address below it
  std::string object;  ///< of the one object that the address is of; also the prefix, unless there is one
  bool json = false;
};
Result<Report> createGrantCommand(const GrantRequest& request);

struct GrantInspection {
  std::string file = "-";
  std::string registry;  ///< empty: what only it knows is left out
  bool json = false;
};
Result<Report> inspectGrantCommand(const GrantInspection& request);

struct GrantRevocation {
  std::string file;    ///< with the grant, or:
  std::string digest;  ///< as inspect prints it
};
Result<Report> revokeGrantCommand(const Config& config, const GrantRevocation& request);
/// A grant of the wallet's own, at the master and with the key that `own` names.
Result<Report> revokeOwnGrantCommand(const ActionRequest& own, const GrantRevocation& request);

}  // namespace cairn::app
