// The authenticator as the configuration wants it: access keys and JWT, secrets from files of mode 0600.
//
// Contract: reads each secret file once. Errors name the file and what is wrong with it, never what is in it.
#pragma once

#include <memory>

#include "daemon/app/config.h"
#include "daemon/app/identity.h"
#include "daemon/auth/authenticator.h"

namespace cairn::app {

/// The access keys that the configuration lists.
Result<std::shared_ptr<const auth::CredentialSource>> staticCredentials(const Config& config);
/// Borrows `identity`.
Result<std::unique_ptr<auth::Authenticator>> makeAuthenticator(const Config& config, Identity& identity);

}  // namespace cairn::app
