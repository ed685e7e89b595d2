#include "daemon/app/credentials.h"

#include "daemon/app/keys.h"

namespace cairn::app {

Result<std::shared_ptr<const auth::CredentialSource>> staticCredentials(const Config& config) {
  std::vector<auth::AccessKey> keys;
  for (const AccessKeyConfig& k : config.accessKeys) {
    auto secret = readSecretFile(k.secretFile);
    if (!secret) return secret.error();
    keys.push_back({k.id, std::move(*secret), OwnerId(k.owner)});
  }
  auto credentials = auth::StaticCredentials::make(std::move(keys));
  if (!credentials) return credentials.error();
  return std::make_shared<const auth::StaticCredentials>(std::move(*credentials));
}

Result<std::unique_ptr<auth::Authenticator>> makeAuthenticator(const Config& config, Identity& identity) {
  auth::AuthConfig options;
  options.region = config.region;
  if (!config.jwtSecretFile.empty()) {
    auto secret = readSecretFile(config.jwtSecretFile);
    if (!secret) return secret.error();
    if (!secret->empty()) options.jwtKeys.push_back({std::move(*secret), config.jwtKeyId});
  }
  options.jwtRules.addressSubjects = config.jwtAddressSubjects;
  if (!config.jwtAudience.empty()) options.jwtRules.audience = config.jwtAudience;
  if (!config.jwtIssuer.empty()) options.jwtRules.issuer = config.jwtIssuer;
  return std::make_unique<auth::Authenticator>(options, identity.credentials(), identity.shared());
}

}  // namespace cairn::app
