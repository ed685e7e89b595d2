// IdentityRegistry on PostgreSQL: each call becomes a transaction, or one round trip of reads.
//
// Contract: daemon/registry/identity.h. A caller's row is checked here, before it is sent. The Calls given outlive
// this.
#pragma once

#include "daemon/registry/identity.h"
#include "daemon/registry/postgres/calls.h"

namespace cairn::registry::postgres {

class PostgresIdentity final : public IdentityRegistry {
 public:
  explicit PostgresIdentity(Calls& calls) : calls_(calls) {}

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
  Task<Status> write(std::function<Task<Status>(Transaction&)> body) { return calls_.change<void>(std::move(body)); }
  template <class Row>
  Task<Status> checked(Row row, Task<Status> (*body)(Transaction&, const Row&));
  template <class Row>
  Task<Result<std::vector<Row>>> read(Call call, Result<std::vector<Row>> (*take)(const Rows&));
  Calls& calls_;
};

}  // namespace cairn::registry::postgres
