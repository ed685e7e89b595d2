#include "daemon/app/credentials.h"

#include "daemon/app/keys.h"

namespace cairn::app {

Result<std::unique_ptr<auth::Authenticator>> makeAuthenticator(const Config& config) {
  std::vector<auth::AccessKey> keys;
  for (const AccessKeyConfig& k : config.accessKeys) {
    auto secret = readSecretFile(k.secretFile);
    if (!secret) return secret.error();
    keys.push_back({k.id, *secret, OwnerId(k.owner), true});
  }
  auto credentials = auth::StaticCredentials::make(std::move(keys));
  if (!credentials) return credentials.error();
  auth::AuthConfig options;
  options.region = config.region;
  if (!config.jwtSecretFile.empty()) {
    auto secret = readSecretFile(config.jwtSecretFile);
    if (!secret) return secret.error();
    options.jwt = auth::JwtConfig{};
    options.jwt->secret = *secret;
    if (!config.jwtAudience.empty()) options.jwt->audience = config.jwtAudience;
    if (!config.jwtIssuer.empty()) options.jwt->issuer = config.jwtIssuer;
  }
  return std::make_unique<auth::Authenticator>(options,
                                               std::make_shared<auth::StaticCredentials>(std::move(*credentials)));
}

}  // namespace cairn::app
