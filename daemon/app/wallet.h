// A wallet's key and what it signs, from the command line.
//
// Contract: readWallet() takes a key file in the Web3 Secret Storage format, with its password in a file of its own, or
// a file of mode 0600 with 64 hexadecimal digits. askChallenge() asks a master's API door, or its S3 door. Secrets
// never appear in errors.
#pragma once

#include "common/api/messages.h"
#include "common/identity/secp.h"

namespace cairn::app {

/// The machine's clock, in seconds since 1970, as what wallets sign has it.
std::int64_t nowSeconds();
Result<identity::SecretKey> readWallet(const std::string& keyFile, const std::string& passwordFile);
enum class AskDoor { api, s3 };
Result<api::Challenge> askChallenge(const std::string& address, AskDoor door = AskDoor::api);

/// Whether the wallet may sign for the fleet that a master says it is of: the one `named`, else the one noted in the
/// file `keyFile`.fleet, else any, which is noted there and told on standard error. Errc::denied says what to do.
Status expectFleet(const std::string& keyFile, const std::string& named, const std::string& said);

}  // namespace cairn::app
