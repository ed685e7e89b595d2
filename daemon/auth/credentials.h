// Access keys: where an id's secret and owner come from.
//
// Contract: find() is thread-safe, never blocks on a network, and answers nullopt for an id it does not know. Secrets
// are never logged. StaticCredentials holds what the configuration lists and does not change after construction.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/identity/scope.h"

namespace cairn::auth {

struct AccessKey {
  std::string id;
  Secret secret;
  OwnerId owner;
  bool enabled = true;
  bool shared = false;       ///< from the registry: good only while what is known of that is fresh
  std::int64_t expires = 0;  ///< seconds since 1970; 0: never
  std::shared_ptr<const identity::Scope> scope{};  ///< null: everything
  std::string parent{};                            ///< of a session: the access key that it comes from
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

/// The first of several sources that knows an id.
class ChainedCredentials : public CredentialSource {
 public:
  explicit ChainedCredentials(std::vector<std::shared_ptr<const CredentialSource>> sources)
      : sources_(std::move(sources)) {}
  std::optional<AccessKey> find(std::string_view id) const override {
    for (const auto& source : sources_)
      if (auto key = source->find(id)) return key;
    return std::nullopt;
  }

 private:
  std::vector<std::shared_ptr<const CredentialSource>> sources_;
};

}  // namespace cairn::auth
