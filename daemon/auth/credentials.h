// Access keys: where an id's secret and owner come from.
//
// Contract: find() is thread-safe, never blocks on a network, and answers nullopt for an id it does not know. Secrets
// are never logged. StaticCredentials holds what the configuration lists and does not change after construction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"

namespace cairn::auth {

struct AccessKey {
  std::string id;
  std::string secret;
  OwnerId owner;
  bool enabled = true;
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  virtual std::optional<AccessKey> find(std::string_view id) const = 0;
};

class StaticCredentials : public CredentialSource {
 public:
  /// Errc::invalid when an id, a secret or an owner is empty, an id is doubled, holds a '/', a control character or a
  /// space, or begins with "JWT:".
  static Result<StaticCredentials> make(std::vector<AccessKey> keys);
  std::optional<AccessKey> find(std::string_view id) const override;

 private:
  std::unordered_map<std::string, AccessKey> keys_;
};

}  // namespace cairn::auth
