// IdentityRegistry on SQLite: each call becomes a statement function on the right thread.
//
// Contract: daemon/registry/identity.h. Reads run on the engine's scanner; changes share commits and their fsync with
// flips, except noteUses(), which is written softly. The Calls given outlive this. A caller's row is checked here,
// before it reaches a thread.
#pragma once

#include "daemon/registry/identity.h"
#include "daemon/registry/sqlite/calls.h"

namespace cairn::registry::sqlite {

class SqliteIdentity final : public IdentityRegistry {
 public:
  explicit SqliteIdentity(Calls& calls) : calls_(calls) {}

  Task<Result<AuthChanges>> changesSince(std::uint64_t revision, std::string wrappedFor) override;
  Task<Status> revoke(OwnerId wallet, std::int64_t upTo) override;
  Task<Result<Bound>> bindNonce(Hash32 nonce, Hash32 digest, Timestamp until) override;
  Task<Status> addSharedKey(SharedKeyRow key, std::vector<WrappedKey> wrapped, bool ifNone) override;
  Task<Status> wrapSharedKey(WrappedKey wrapped) override;
  Task<Status> retireSharedKey(std::string id) override;
  Task<Status> addAccessKey(AccessKeyRow key) override;
  Task<Status> setAccessKeyEnabled(std::string id, bool enabled) override;
  Task<Status> resealAccessKey(std::string id, Bytes sealedSecret, std::string sealedBy) override;
  Task<Status> deleteAccessKey(std::string id) override;
  Task<Status> noteUses(std::vector<Use> uses) override;
  Task<Result<std::vector<AccessKeyRow>>> accessKeys(OwnerId owner) override;
  Task<Status> setOperator(OperatorRow row, bool onlyFirst) override;
  Task<Result<std::vector<OperatorRow>>> operators() override;
  Task<Status> revokeGrant(Hash32 digest, Timestamp until) override;
  Task<Result<bool>> useGrant(Hash32 digest, std::uint64_t most, Timestamp until) override;
  Task<Status> vouch(Voucher voucher) override;
  Task<Result<std::vector<Voucher>>> vouchers() override;
  Task<Result<AuditRow>> act(Change change, AuditRow row, std::optional<Once> once) override;
  Task<Result<AuditRow>> appendAudit(AuditRow row) override;
  Task<Result<std::vector<AuditRow>>> audit(std::uint64_t from, std::uint64_t to, std::size_t limit) override;
  Task<Result<std::uint64_t>> lastAudit() override;

 private:
  template <class Row>
  Task<Status> write(Row row, std::function<Status(Connection&, const Row&)> body);
  Calls& calls_;
};

}  // namespace cairn::registry::sqlite
