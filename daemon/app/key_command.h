// `cairnd key create|list|enable|disable|delete` for access keys, and `rotate|reseal|retire` for the keys that masters
// share.
//
// Contract: works on the registry that the configuration names, with its key-encryption key, beside running masters,
// which follow within two seconds. A secret is printed once, when its key is made. Every change is written to the audit
// log. A shared key that seals access keys, or is the last of its purpose, is not retired; reseal seals them all under
// the newest, in the form that binds all of a row, and is not `good` when one cannot be opened. A registry file that is
// not there is not made: Errc::not_found.
#pragma once

#include "daemon/app/config.h"
#include "daemon/app/status_command.h"

namespace cairn::app {

struct NewKeyRequest {
  std::string owner, label;
  std::string bucket, prefix, operations;  ///< bucket empty: everything the owner may do
  std::int64_t seconds = 0;                ///< 0: does not expire
  bool json = false;
};
Result<Report> createKeyCommand(const Config& config, const NewKeyRequest& request);
Result<Report> listKeysCommand(const Config& config, const std::string& owner, bool json);

enum class KeyChange { enable, disable, remove, retire };
Result<Report> changeKeyCommand(const Config& config, KeyChange change, const std::string& id);
Result<Report> resealKeysCommand(const Config& config, bool json);
Result<Report> rotateKeyCommand(const Config& config, const std::string& purpose);

struct JwtRotation {
  std::string secretFile;          ///< empty: a secret is made, and shown
  std::optional<std::string> kid;  ///< default: the shared key's id, or none for a secret that is taken over
  bool json = false;
};
/// Adds a secret of JSON web tokens (docs/formats/jwt.md).
Result<Report> rotateJwtCommand(const Config& config, const JwtRotation& rotation);

}  // namespace cairn::app
