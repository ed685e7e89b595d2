// What this master knows of the fleet's identities: a copy of the registry's, never older than it says.
//
// Contract: thread-safe; look-ups take the copy's lock for a moment and never wait for the registry. refresh() reads
// what changed; the owner calls it twice a second. fresh() says whether the copy shows everything that was in the
// registry two seconds ago: when it does not, whoever depends on revocations answers "unavailable" instead of guessing.
// Rows that cannot be read, or make no sense, are passed over, logged once, and count for the worst that they could
// mean to whom they name (distrust.h); while there are any, they are read again with each refresh(), so that mending
// them is all there is to do. Secrets leave only through find() and the with...() calls.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "daemon/auth/credentials.h"
#include "daemon/auth/jwt_secret.h"
#include "daemon/auth/sealing.h"
#include "daemon/registry/identity.h"
#include "daemon/rt/clock.h"

namespace cairn::auth {

inline constexpr Duration kMostStale = std::chrono::seconds(2);

/// Purposes of shared keys.
inline constexpr std::string_view kSessionKey = "session", kNonceKey = "nonce", kAccessKeyKey = "access-key",
                                  kJwtKey = registry::kJwtKey;

/// A new key is used for sealing only when every master that is not stale has it.
inline constexpr Duration kSettle = std::chrono::seconds(5);

class IdentityView : public CredentialSource {
 public:
  IdentityView(registry::IdentityRegistry& registry, Clock& clock, Random& random, KeyEncryptionKey kek);

  Task<Status> refresh();
  /// Makes the fleet's shared keys where there are none yet, and fails (Errc::denied) when there are, but not for this
  /// master's key-encryption key. After the first refresh().
  Task<Status> ensureKeys();
  /// A new key for `purpose`, to be put into the registry: it seals some seconds from then on, when every master has
  /// it; the old ones open until they are retired.
  registry::AddSharedKey newKey(std::string purpose) const;
  /// The same for a secret of JSON web tokens, which opens as soon as it is known. Its kid is `keyId`, by default the
  /// shared key's id.
  registry::AddSharedKey newJwtKey(const Secret& secret, std::optional<std::string> keyId) const;

  bool fresh() const;
  bool revoked(const OwnerId& wallet, std::int64_t issued) const;
  bool grantRevoked(const registry::Hash32& digest) const;
  /// The role of a wallet; Role::none for one that is no operator.
  registry::Role role(const OwnerId& wallet) const;
  bool anyOperator() const;
  /// An access key from the registry, its secret opened.
  std::optional<AccessKey> find(std::string_view id) const override;
  /// The secrets of JSON web tokens that are not retired; never null.
  std::shared_ptr<const std::vector<JwtKey>> jwtKeys() const;

  /// Calls `use(id, key)` with the key of a purpose that seals; false when there is none. What lies in the registry
  /// itself need not wait for a key to settle: who reads the one reads the other.
  bool withNewest(std::string_view purpose, const std::function<void(const std::string&, const SealKey&)>& use,
                  Duration settle = kSettle) const;
  /// Calls `use(key)` with every key of a purpose that still opens.
  void withEach(std::string_view purpose, const std::function<void(const SealKey&)>& use) const;
  /// Calls `use(key)` with the key of that id; false when it is unknown, retired, or for another purpose.
  bool withKey(std::string_view purpose, std::string_view id, const std::function<void(const SealKey&)>& use) const;

 private:
  struct SharedKey {
    std::string purpose;
    Timestamp createdAt;
    bool retired = false;
    std::optional<SealKey> key;  ///< once its wrapped form was opened
    std::optional<JwtKey> jwt;   ///< instead, for kJwtKey
  };
  struct SealedKey {
    AccessKey key;
    std::string sealedBy;
  };
  void apply(registry::AuthChanges changes);
  void complain(const char* what, const std::string& id, const std::string& reason);
  void report(const std::vector<registry::UnreadableRow>& unreadable);
  void take(const registry::AccessKeyRow& row);
  void take(const registry::WrappedKey& row);
  registry::AddSharedKey named(std::string purpose) const;

  registry::IdentityRegistry& registry_;
  Clock& clock_;
  Random& random_;
  KeyEncryptionKey kek_;
  mutable std::shared_mutex mutex_;
  std::uint64_t revision_ = 0;
  std::optional<Duration> readAt_;  ///< when the last good reading began
  std::unordered_map<OwnerId, std::int64_t> revocations_;
  std::set<registry::Hash32> revokedGrants_;
  std::unordered_set<OwnerId> distrusted_;  ///< wallets of revocations that cannot be read
  std::vector<registry::UnreadableRow> reported_;
  std::unordered_set<std::string> complained_;  ///< of these, once
  std::unordered_map<std::string, SealedKey> accessKeys_;
  std::unordered_map<OwnerId, registry::Role> operators_;
  std::map<std::string, registry::AccessKeyRow> sealed_;  ///< access keys whose sealing key is not here yet
  std::map<std::string, SharedKey, std::less<>> keys_;
  std::shared_ptr<const std::vector<JwtKey>> jwtKeys_ = std::make_shared<std::vector<JwtKey>>();
};

}  // namespace cairn::auth
