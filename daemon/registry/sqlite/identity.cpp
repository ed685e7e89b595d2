#include "daemon/registry/sqlite/identity.h"

#include "daemon/registry/identity_check.h"
#include "daemon/registry/sqlite/identity_statements.h"

namespace cairn::registry::sqlite {
namespace {

template <class Row>
std::optional<Error> refusal(const Row& row) {
  if (auto wrong = wrongWith(row)) return fail(Errc::invalid, *wrong);
  return std::nullopt;
}

}  // namespace

template <class Row>
Task<Status> SqliteIdentity::write(Row row, std::function<Status(Connection&, const Row&)> body) {
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await calls_.change<void>(
      calls_.durable(), [row = std::move(row), body = std::move(body)](Connection& c) { return body(c, row); });
}

Task<Result<AuthChanges>> SqliteIdentity::changesSince(std::uint64_t revision, std::string wrappedFor) {
  return calls_.lookSoon<AuthChanges>([=](Connection& c) { return readChanges(c, revision, wrappedFor); });
}

Task<Status> SqliteIdentity::revoke(OwnerId wallet, std::int64_t upTo) {
  return write<Revocation>({std::move(wallet), upTo}, sqlite::revoke);
}
Task<Result<IdentityRegistry::Bound>> SqliteIdentity::bindNonce(Hash32 nonce, Hash32 digest, Timestamp until) {
  return calls_.change<Bound>(calls_.durable(),
                              [=](Connection& c) { return sqlite::bindNonce(c, nonce, digest, until); });
}

Task<Status> SqliteIdentity::addSharedKey(SharedKeyRow key, std::vector<WrappedKey> wrapped, bool ifNone) {
  key.createdAt = {};
  return write<AddSharedKey>({std::move(key), std::move(wrapped)}, [=](Connection& c, const AddSharedKey& change) {
    return sqlite::addSharedKey(c, change.key, change.wrapped, ifNone);
  });
}
Task<Status> SqliteIdentity::wrapSharedKey(WrappedKey wrapped) {
  return write<WrappedKey>(std::move(wrapped), sqlite::wrapSharedKey);
}
Task<Status> SqliteIdentity::retireSharedKey(std::string id) {
  return calls_.change<void>(calls_.durable(), [=](Connection& c) { return sqlite::retireSharedKey(c, id); });
}

Task<Status> SqliteIdentity::addAccessKey(AccessKeyRow key) {
  key.deleted = false;
  key.createdAt = key.lastUsedAt = {};
  return write<AccessKeyRow>(std::move(key), sqlite::addAccessKey);
}
Task<Status> SqliteIdentity::setAccessKeyEnabled(std::string id, bool enabled) {
  return calls_.change<void>(calls_.durable(),
                             [=](Connection& c) { return sqlite::setAccessKeyEnabled(c, id, enabled); });
}
Task<Status> SqliteIdentity::resealAccessKey(std::string id, Bytes sealedSecret, std::string sealedBy) {
  AccessKeyRow row;
  row.id = std::move(id);
  row.owner = OwnerId("any");  // stays what it is
  row.sealedSecret = std::move(sealedSecret);
  row.sealedBy = std::move(sealedBy);
  return write<AccessKeyRow>(std::move(row), sqlite::resealAccessKey);
}
Task<Status> SqliteIdentity::deleteAccessKey(std::string id) {
  return calls_.change<void>(calls_.durable(), [=](Connection& c) { return sqlite::deleteAccessKey(c, id); });
}
Task<Status> SqliteIdentity::noteUses(std::vector<Use> uses) {
  return calls_.change<void>(calls_.soft(),
                             [uses = std::move(uses)](Connection& c) { return sqlite::noteUses(c, uses); });
}
Task<Result<std::vector<AccessKeyRow>>> SqliteIdentity::accessKeys(OwnerId owner) {
  return calls_.look<std::vector<AccessKeyRow>>([owner](Connection& c) { return readAccessKeys(c, owner); });
}

Task<Status> SqliteIdentity::setOperator(OperatorRow row, bool onlyFirst) {
  row.at = {};
  return write<OperatorRow>(std::move(row), [=](Connection& c, const OperatorRow& checked) {
    return sqlite::setOperator(c, checked, onlyFirst);
  });
}
Task<Result<std::vector<OperatorRow>>> SqliteIdentity::operators() {
  return calls_.look<std::vector<OperatorRow>>(readOperators);
}

Task<Status> SqliteIdentity::revokeGrant(Hash32 digest, Timestamp until) {
  return calls_.change<void>(calls_.durable(), [=](Connection& c) { return sqlite::revokeGrant(c, digest, until); });
}
Task<Result<bool>> SqliteIdentity::useGrant(Hash32 digest, std::uint64_t most, Timestamp until) {
  return calls_.change<bool>(calls_.durable(), [=](Connection& c) { return sqlite::useGrant(c, digest, most, until); });
}

Task<Status> SqliteIdentity::vouch(Voucher voucher) {
  voucher.at = {};
  return write<Voucher>(std::move(voucher), sqlite::vouch);
}
Task<Result<std::vector<Voucher>>> SqliteIdentity::vouchers() {
  return calls_.look<std::vector<Voucher>>(readVouchers);
}

Task<Result<AuditRow>> SqliteIdentity::act(Change change, AuditRow row, std::optional<Once> once) {
  row.at = {};
  if (auto refused = refusal(change)) co_return *refused;
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await calls_.change<AuditRow>(
      calls_.durable(), [change = std::move(change), row = std::move(row), once = std::move(once)](Connection& c) {
        return sqlite::act(c, change, row, once);
      });
}
Task<Result<AuditRow>> SqliteIdentity::appendAudit(AuditRow row) {
  row.at = {};
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await calls_.change<AuditRow>(
      calls_.durable(), [row = std::move(row)](Connection& c) { return sqlite::appendAudit(c, row); });
}
Task<Result<std::vector<AuditRow>>> SqliteIdentity::audit(std::uint64_t from, std::uint64_t to, std::size_t limit) {
  return calls_.look<std::vector<AuditRow>>([=](Connection& c) { return readAudit(c, from, to, limit); });
}
Task<Result<std::uint64_t>> SqliteIdentity::lastAudit() {
  return calls_.look<std::uint64_t>(readLastAudit);
}

}  // namespace cairn::registry::sqlite
