// Signed actions from the command line: what `cairnd operator` and `cairnd action send` do.
//
// Contract: the message is made for the fleet of the first master that answers, signed with a wallet's key (or with an
// answer that another wallet gave to the printed document), and sent to the masters in turn until one says what became
// of it: the same message counts once wherever it is sent. What is signed is shown on standard error before. The report
// has the audit row. readAsOperator() asks with the token given, or with one made for a minute with the wallet's key.
// Secrets come from files, never from the command line, and never appear in errors.
#pragma once

#include "common/identity/action.h"
#include "daemon/app/status_command.h"
#include "daemon/http/message.h"

namespace cairn::app {

struct ActionRequest {
  std::vector<std::string> apis;
  /// A master's S3 door instead, which takes what wallets void of their own; the wallet must know its fleet then
  /// (expectFleet() in wallet.h), by this name or by its note.
  std::string s3, fleet;
  std::string keyFile, passwordFile;
  std::string name;
  std::string parameters = "{}";  ///< JSON
  std::string codeFile;           ///< ClaimAdmin: "-" is standard input
  std::int64_t seconds = 300;
  bool print = false;        ///< the document instead of sending
  std::string documentFile;  ///< in place of name and parameters, with:
  std::string signature;     ///< 0x and hexadecimal digits
  bool json = false;
};
Result<Report> actionCommand(const ActionRequest& request);

/// RevokeOwnTokens of all issued up to `upTo`, or RevokeOwnGrant of `grant`, for the wallet of the key file, at `s3`.
/// Errc::invalid where what is to be revoked is known to be of another wallet, `whose`.
using Whose = std::optional<identity::Address>;
Result<Report> revokeOwnTokens(ActionRequest request, std::int64_t upTo, const Whose& whose);
Result<Report> revokeOwnGrant(ActionRequest request, const identity::Digest& grant, const Whose& whose);

/// ClaimAdmin names the wallet that signs: that of the key file, or `wallet` where there is none.
Result<Report> claimCommand(ActionRequest request, const std::string& wallet);

/// SetAlias: the name to the owner's bucket, by default of the same name; from whoever has it where `owner` is empty.
Result<Report> aliasCommand(ActionRequest request, const std::string& name, const std::string& owner,
                            std::string bucket);

struct OperatorRead {
  std::vector<std::string> apis;
  std::string keyFile, passwordFile, tokenFile;
};
/// The body of a 200 answer.
Result<std::string> readAsOperator(const OperatorRead& read, const std::string& target);

Result<Report> listOperatorsCommand(const OperatorRead& read, bool json);
/// For `publicKey` (hex), or the only key that the registry lists for the master.
Result<Report> vouchCommand(ActionRequest request, const OperatorRead& read, const std::string& master,
                            std::string publicKey);

}  // namespace cairn::app
