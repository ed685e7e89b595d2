#include "daemon/app/identity.h"

#include <filesystem>

#include "common/base/secret.h"
#include "daemon/app/credentials.h"
#include "daemon/app/ethereum.h"
#include "daemon/app/keys.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr Duration kEvery = std::chrono::milliseconds(500);
constexpr int kUsesEvery = 8;  // of these

}  // namespace

Result<auth::KeyEncryptionKey> readKeyEncryptionKey(const Config& config) {
  const std::string& file = config.keyEncryptionKeyFile;
  std::error_code error;
  const bool there = std::filesystem::exists(file, error);
  if (error) return fail(Errc::io, file + ": " + error.message());
  if (!there)
    return fail(Errc::not_found, "there is no key-encryption key in " + file +
                                     ": copy it from another master of the fleet, or, on the first, run `cairnd init`");
  auto text = readSecretFile(file);
  if (!text) return text.error();
  auto key = auth::KeyEncryptionKey::parse(*text);
  wipe(*text);
  if (!key) return fail(key.error().code, file + ": " + key.error().message);
  return key;
}

Result<std::unique_ptr<Identity>> Identity::open(const Config& config, registry::Registry& registry, Clock& clock,
                                                 Random& random, std::string fleet, net::io_context& io) {
  auto own = staticCredentials(config);
  if (!own) return own.error();
  std::unique_ptr<Identity> identity(new Identity(registry.identity(), clock, random));
  identity->chained_ = *own;
  auto kek = readKeyEncryptionKey(config);
  if (!kek) {
    if (kek.error().code == Errc::not_found && !config.eip712) return identity;
    return kek.error();
  }
  identity->view_ = std::make_shared<auth::IdentityView>(registry.identity(), clock, random, std::move(*kek));
  const auth::IdentityView& view = *identity->view_;
  identity->chained_ = std::make_shared<auth::ChainedCredentials>(
      std::vector<std::shared_ptr<const auth::CredentialSource>>{*own, identity->view_});
  if (!config.eip712) return identity;
  identity->known_ = std::make_unique<auth::KnownWallets>(view, registry);
  if (!config.ethereumRpc.empty()) {
    auto url = parseRpcUrl(config.ethereumRpc);
    if (!url) return url.error();
    identity->contracts_ = std::make_unique<auth::ContractWallets>(
        clock, askNode(io, std::move(*url)),
        [known = identity->known_.get()](OwnerId wallet) { return known->knows(std::move(wallet)); });
  }
  auth::ContractWallets* const contracts = identity->contracts_.get();
  identity->tokens_ = std::make_unique<auth::WalletTokens>(view, registry.identity(), clock, random, fleet, contracts);
  identity->grants_ = std::make_unique<auth::Grants>(view, registry.identity(), clock, fleet, contracts);
  identity->sessions_ = std::make_unique<auth::Sessions>(view, *identity->chained_, random, fleet);
  auth::AuthConfig signing;
  signing.region = config.region;
  identity->operators_ = std::make_unique<auth::Operators>(view, clock, fleet);
  identity->own_ = std::make_unique<auth::OwnRevocations>(registry, *identity->operators_, *identity->known_);
  identity->sts_ = std::make_unique<s3::Sts>(
      *identity->tokens_, *identity->sessions_,
      auth::StsSigner(std::move(signing), *identity->chained_, identity->shared()), identity->own_.get());
  identity->access_.reset(new admin::OperatorAccess{admin::Gate(*identity->tokens_, view, clock, config.loopbackReads),
                                                    admin::ActionDoor(registry, *identity->own_, identity->claimCode_),
                                                    auth::Vouchers(registry, fleet)});
  return identity;
}

Task<Status> Identity::start() {
  if (!view_) co_return Status{};
  Status ready = co_await view_->refresh();
  if (ready) ready = co_await view_->ensureKeys();
  if (ready && tokens_ && !view_->anyOperator())
    log::warning("auth", "this fleet has no operator; whoever has this code can claim it: cairnd operator claim",
                 {{"code", claimCode_.make(random_)}});
  if (ready || tokens_) co_return ready;
  log::warning("auth", "access keys and JWT secrets of the registry are not taken here",
               {{"reason", ready.error().message}});
  co_return Status{};
}

/// Side by side: a write that waits for its turn must not make this master stale.
Task<void> Identity::follow() {
  if (!view_) co_return;
  std::vector<Task<Status>> both;
  both.push_back(readOn());
  both.push_back(writeUses());
  co_await all(std::move(both));
}

Task<Status> Identity::writeUses() {
  bool well = true;
  for (int turn = 1; !stopping_; ++turn) {
    co_await clock_.sleep(kEvery);
    if (turn % kUsesEvery != 0 && !stopping_) continue;
    const auto written = co_await uses_.write(registry_);
    if (!written && well)
      log::warning("auth", "when access keys were used last cannot be noted", {{"reason", written.error().message}});
    well = written.has_value();
  }
  co_return Status{};
}

Task<Status> Identity::readOn() {
  for (bool well = true; !stopping_; co_await clock_.sleep(kEvery)) {
    const auto read = co_await view_->refresh();
    if (!read && well)
      log::warning("auth", "the registry's identities cannot be read; wallets are refused until they can",
                   {{"reason", read.error().message}});
    well = read.has_value();
  }
  co_return Status{};
}

}  // namespace cairn::app
