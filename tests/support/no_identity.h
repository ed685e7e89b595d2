// What a fake registry that shares nothing about identities answers: Errc::unavailable, to everything.
#pragma once

#include "daemon/registry/identity.h"

namespace cairn::test {

class NoIdentity : public registry::IdentityRegistry {
 public:
  template <class T>
  using R = Task<Result<T>>;
  static Error none() { return fail(Errc::unavailable, "this registry shares no identities"); }

  R<registry::AuthChanges> changesSince(std::uint64_t, std::string) override { co_return none(); }
  Task<Status> revoke(OwnerId, std::int64_t) override { co_return none(); }
  R<Bound> bindNonce(registry::Hash32, registry::Hash32, Timestamp) override { co_return none(); }
  Task<Status> addSharedKey(registry::SharedKeyRow, std::vector<registry::WrappedKey>, bool) override {
    co_return none();
  }
  Task<Status> wrapSharedKey(registry::WrappedKey) override { co_return none(); }
  Task<Status> retireSharedKey(std::string) override { co_return none(); }
  Task<Status> addAccessKey(registry::AccessKeyRow) override { co_return none(); }
  Task<Status> setAccessKeyEnabled(std::string, bool) override { co_return none(); }
  Task<Status> resealAccessKey(std::string, Bytes, std::string) override { co_return none(); }
  Task<Status> deleteAccessKey(std::string) override { co_return none(); }
  Task<Status> noteUses(std::vector<Use>) override { co_return none(); }
  R<std::vector<registry::AccessKeyRow>> accessKeys(OwnerId) override { co_return none(); }
  Task<Status> setOperator(registry::OperatorRow, bool) override { co_return none(); }
  R<std::vector<registry::OperatorRow>> operators() override { co_return none(); }
  Task<Status> revokeGrant(registry::Hash32, Timestamp) override { co_return none(); }
  R<bool> useGrant(registry::Hash32, std::uint64_t, Timestamp) override { co_return none(); }
  Task<Status> vouch(registry::Voucher) override { co_return none(); }
  R<std::vector<registry::Voucher>> vouchers() override { co_return none(); }
  R<registry::AuditRow> act(registry::Change, registry::AuditRow, std::optional<registry::Once>) override {
    co_return none();
  }
  R<registry::AuditRow> appendAudit(registry::AuditRow) override { co_return none(); }
  R<std::vector<registry::AuditRow>> audit(std::uint64_t, std::uint64_t, std::size_t) override { co_return none(); }
};

}  // namespace cairn::test
