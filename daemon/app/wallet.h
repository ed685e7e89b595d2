// A wallet's key and what it signs, from the command line.
//
// Contract: readWallet() takes a key file in the Web3 Secret Storage format, with its password in a file of its own, or
// a file of mode 0600 with 64 hexadecimal digits. askChallenge() asks a master's API door. Secrets never appear in
// errors.
#pragma once

#include "common/api/messages.h"
#include "common/identity/secp.h"

namespace cairn::app {

Result<identity::SecretKey> readWallet(const std::string& keyFile, const std::string& passwordFile);
Result<api::Challenge> askChallenge(const std::string& api);

}  // namespace cairn::app
