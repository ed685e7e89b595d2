// The identities that this master shares with its fleet: read from the registry twice a second, and what is built on
// them.
//
// Contract: open() reads the key-encryption key (none is no mistake unless auth.eip712 is on: access keys and JWT
// secrets in the registry are then out of reach, and shared() is empty). start() reads the registry once, makes the
// fleet's first keys and, where wallets are taken and nobody is an operator yet, logs the code with which the first one
// claims it; follow() reads on until stop() and logs when it cannot, and writes down every few seconds, and at its end,
// which access keys were used. Borrows registry, clock, random and io.
#pragma once

#include <atomic>

#include "daemon/admin/door.h"
#include "daemon/app/config.h"
#include "daemon/auth/authenticator.h"
#include "daemon/registry/registry.h"
#include "daemon/s3/sts.h"

namespace cairn::app {

class Identity {
 public:
  static Result<std::unique_ptr<Identity>> open(const Config& config, registry::Registry& registry, Clock& clock,
                                                Random& random, std::string fleet, net::io_context& io);

  Task<Status> start();
  Task<void> follow();
  void stop() { stopping_ = true; }

  /// The access keys of the configuration, then those of the registry.
  std::shared_ptr<const auth::CredentialSource> credentials() const { return chained_; }
  auth::SharedIdentity shared() { return {view_.get(), tokens_.get(), grants_.get(), sessions_.get(), &uses_}; }
  s3::Sts* sts() { return sts_.get(); }
  /// Null while auth.eip712 is off.
  admin::OperatorAccess* access() { return access_.get(); }

 private:
  Identity(registry::IdentityRegistry& registry, Clock& clock, Random& random)
      : registry_(registry), clock_(clock), random_(random), claimCode_(clock) {}
  Task<Status> readOn();
  Task<Status> writeUses();

  registry::IdentityRegistry& registry_;
  Clock& clock_;
  Random& random_;
  auth::KeyUses uses_;
  std::shared_ptr<auth::IdentityView> view_;
  std::shared_ptr<const auth::CredentialSource> chained_;
  std::unique_ptr<auth::KnownWallets> known_;
  std::unique_ptr<auth::ContractWallets> contracts_;
  std::unique_ptr<auth::WalletTokens> tokens_;
  std::unique_ptr<auth::Grants> grants_;
  std::unique_ptr<auth::Sessions> sessions_;
  std::unique_ptr<auth::Operators> operators_;
  std::unique_ptr<auth::OwnRevocations> own_;
  std::unique_ptr<s3::Sts> sts_;
  auth::ClaimCode claimCode_;
  std::unique_ptr<admin::OperatorAccess> access_;
  std::atomic<bool> stopping_{false};
};

/// The file's key. Errc::not_found when there is no such file.
Result<auth::KeyEncryptionKey> readKeyEncryptionKey(const Config& config);

}  // namespace cairn::app
