#include "daemon/auth/identity_view.h"

#include <mutex>

#include "common/identity/scope_json.h"
#include "daemon/auth/access_key_seal.h"
#include "daemon/auth/distrust.h"
#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::auth {

IdentityView::IdentityView(registry::IdentityRegistry& registry, Clock& clock, Random& random, KeyEncryptionKey kek)
    : registry_(registry), clock_(clock), random_(random), kek_(std::move(kek)) {}

Task<Status> IdentityView::refresh() {
  const Duration began = clock_.steady();
  std::uint64_t since = 0;
  {
    std::shared_lock lock(mutex_);
    since = revision_;
  }
  auto changes = co_await registry_.changesSince(since, kek_.name());
  if (!changes) co_return changes.error();
  std::unique_lock lock(mutex_);
  // Of two that read at once the later one knows all that the earlier one does.
  if (changes->revision >= revision_ || revision_ == since) apply(std::move(*changes));
  if (!readAt_ || *readAt_ < began) readAt_ = began;
  co_return Status{};
}

void IdentityView::complain(const char* what, const std::string& id, const std::string& reason) {
  if (complained_.insert(id + what).second) log::error("auth", what, {{"id", id}, {"reason", reason}});
}

void IdentityView::report(const std::vector<registry::UnreadableRow>& unreadable) {
  static auto& gauge = metrics::gauge("cairn_identity_rows_unreadable",
                                      "Rows about identities in the registry that this master cannot read.");
  gauge.Set(static_cast<double>(unreadable.size()));
  if (unreadable == reported_) return;
  for (const auto& row : unreadable)
    log::error("auth", "a row about identities cannot be read; whom it names is refused until it is mended",
               {{"table", row.table}, {"row", row.key}, {"reason", row.why}});
  reported_ = unreadable;
}

void IdentityView::apply(registry::AuthChanges changes) {
  report(changes.unreadable);
  distrusted_ = distrust(changes);
  for (const auto& r : changes.revocations) {
    auto& upTo = revocations_[r.wallet];
    upTo = std::max(upTo, r.upTo);
  }
  revokedGrants_.insert(changes.revokedGrants.begin(), changes.revokedGrants.end());
  for (const auto& row : changes.operators) {
    if (row.role == registry::Role::none)
      operators_.erase(row.wallet);
    else
      operators_[row.wallet] = row.role;
  }
  for (auto& row : changes.sharedKeys) {
    SharedKey& key = keys_[row.id];
    key.purpose = row.purpose;
    key.createdAt = row.createdAt;
    key.retired = row.retired;
  }
  for (const auto& row : changes.wrappedKeys) take(row);
  auto jwtKeys = std::make_shared<std::vector<JwtKey>>();
  for (const auto& [id, key] : keys_)
    if (key.jwt && !key.retired && key.purpose == kJwtKey) jwtKeys->push_back(*key.jwt);
  jwtKeys_ = std::move(jwtKeys);
  for (const auto& row : changes.accessKeys) take(row);
  for (const auto& [id, row] : std::exchange(sealed_, {})) take(row);
  if (changes.unreadable.empty()) revision_ = changes.revision;  // or it comes again
}

void IdentityView::take(const registry::WrappedKey& row) {
  const auto shared = keys_.find(row.keyId);
  Status opened;
  if (shared != keys_.end() && shared->second.purpose == kJwtKey) {
    auto key = unwrapJwtKey(kek_, row.keyId, row.wrapped);
    if (key) shared->second.jwt = std::move(*key);
    if (!key) opened = key.error();
  } else {
    auto key = kek_.unwrap(row.keyId, row.wrapped);
    if (key) keys_[row.keyId].key = std::move(*key);
    if (!key) opened = key.error();
  }
  if (!opened) complain("a shared key cannot be opened", row.keyId, opened.error().message);
}

void IdentityView::take(const registry::AccessKeyRow& row) {
  accessKeys_.erase(row.id);
  sealed_.erase(row.id);
  if (row.deleted) return;
  const auto sealing = keys_.find(row.sealedBy);
  if (sealing == keys_.end() || !sealing->second.key) {
    sealed_.emplace(row.id, row);
    return;
  }
  auto secret = openSecret(*sealing->second.key, row);
  if (!secret) {
    complain("an access key is not taken", row.id,
             "its secret cannot be opened, or its row was changed; make a new key");
    return;
  }
  AccessKey key{row.id, std::move(*secret), row.owner, row.enabled, true, row.expiresAt.get() / 1000, {}};
  if (!row.scope.empty()) {
    auto json = readJson(row.scope);
    auto scope = json ? identity::readScope(*json) : Result<identity::Scope>(json.error());
    if (!scope) {
      complain("an access key is not taken", row.id, "its scope cannot be read: " + scope.error().message);
      return;
    }
    key.scope = std::make_shared<identity::Scope>(std::move(*scope));
  }
  accessKeys_.emplace(row.id, SealedKey{std::move(key), row.sealedBy});
}

registry::AddSharedKey IdentityView::named(std::string purpose) const {
  Bytes name(8);
  random_.fill(name);
  registry::AddSharedKey made;
  made.key.id = toHex(name);
  made.key.purpose = std::move(purpose);
  return made;
}

registry::AddSharedKey IdentityView::newKey(std::string purpose) const {
  auto made = named(std::move(purpose));
  const SealKey key = SealKey::generate(random_);
  made.wrapped.push_back({made.key.id, kek_.name(), kek_.wrap(made.key.id, key, random_)});
  return made;
}

registry::AddSharedKey IdentityView::newJwtKey(const Secret& secret, std::optional<std::string> keyId) const {
  auto made = named(std::string(kJwtKey));
  const JwtKey key{secret, keyId ? std::move(*keyId) : made.key.id};
  made.wrapped.push_back({made.key.id, kek_.name(), wrapJwtKey(kek_, made.key.id, key, random_)});
  return made;
}

Task<Status> IdentityView::ensureKeys() {
  for (std::string_view purpose : {kSessionKey, kNonceKey, kAccessKeyKey}) {
    if (!withNewest(purpose, [](const auto&, const auto&) {})) {
      auto made = newKey(std::string(purpose));
      auto added = co_await registry_.addSharedKey(std::move(made.key), std::move(made.wrapped), true);
      if (!added && added.error().code != Errc::already_exists) co_return added;
      if (auto s = co_await refresh(); !s) co_return s;
    }
    if (!withNewest(purpose, [](const auto&, const auto&) {}))
      co_return fail(Errc::denied,
                     "this master's key-encryption key opens none of the fleet's shared keys; give it the one that the "
                     "other masters have (auth.key_encryption_key_file)");
  }
  co_return Status{};
}

bool IdentityView::fresh() const {
  std::shared_lock lock(mutex_);
  return readAt_ && clock_.steady() - *readAt_ <= kMostStale;
}

bool IdentityView::revoked(const OwnerId& wallet, std::int64_t issued) const {
  std::shared_lock lock(mutex_);
  if (distrusted_.contains(wallet)) return true;
  const auto found = revocations_.find(wallet);
  return found != revocations_.end() && issued <= found->second;
}

bool IdentityView::grantRevoked(const registry::Hash32& digest) const {
  std::shared_lock lock(mutex_);
  return revokedGrants_.contains(digest);
}

registry::Role IdentityView::role(const OwnerId& wallet) const {
  std::shared_lock lock(mutex_);
  const auto found = operators_.find(wallet);
  return found == operators_.end() ? registry::Role::none : found->second;
}

bool IdentityView::anyOperator() const {
  std::shared_lock lock(mutex_);
  return !operators_.empty();
}

std::optional<AccessKey> IdentityView::find(std::string_view id) const {
  std::shared_lock lock(mutex_);
  const auto found = accessKeys_.find(std::string(id));
  if (found == accessKeys_.end()) return std::nullopt;
  const auto sealing = keys_.find(found->second.sealedBy);
  if (sealing == keys_.end() || sealing->second.retired) return std::nullopt;
  return found->second.key;
}

std::shared_ptr<const std::vector<JwtKey>> IdentityView::jwtKeys() const {
  std::shared_lock lock(mutex_);
  return jwtKeys_;
}

bool IdentityView::withNewest(std::string_view purpose,
                              const std::function<void(const std::string&, const SealKey&)>& use,
                              Duration settle) const {
  const std::int64_t settled = clock_.now().get() - settle.count() / 1000;
  const auto better = [settled](const SharedKey& a, const SharedKey& b) {
    const bool aSettled = a.createdAt.get() <= settled, bSettled = b.createdAt.get() <= settled;
    if (aSettled != bSettled) return aSettled;
    return aSettled ? a.createdAt > b.createdAt : a.createdAt < b.createdAt;
  };
  std::shared_lock lock(mutex_);
  const std::pair<const std::string, SharedKey>* newest = nullptr;
  for (const auto& entry : keys_) {
    const SharedKey& key = entry.second;
    if (key.retired || key.purpose != purpose || !key.key) continue;
    if (newest == nullptr || better(key, newest->second)) newest = &entry;
  }
  if (newest == nullptr) return false;
  use(newest->first, *newest->second.key);
  return true;
}

void IdentityView::withEach(std::string_view purpose, const std::function<void(const SealKey&)>& use) const {
  std::shared_lock lock(mutex_);
  for (const auto& [id, key] : keys_)
    if (!key.retired && key.purpose == purpose && key.key) use(*key.key);
}

bool IdentityView::withKey(std::string_view purpose, std::string_view id,
                           const std::function<void(const SealKey&)>& use) const {
  std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end() || found->second.retired || found->second.purpose != purpose || !found->second.key)
    return false;
  use(*found->second.key);
  return true;
}

}  // namespace cairn::auth
