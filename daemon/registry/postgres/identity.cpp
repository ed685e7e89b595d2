#include "daemon/registry/postgres/identity.h"

#include "daemon/registry/postgres/identity_statements.h"

namespace cairn::registry::postgres {
namespace {

template <class Row>
std::optional<Error> refusal(const Row& row) {
  if (auto wrong = wrongWith(row)) return fail(Errc::invalid, *wrong);
  return std::nullopt;
}

}  // namespace

template <class Row>
Task<Status> PostgresIdentity::checked(Row row, Task<Status> (*body)(Transaction&, const Row&)) {
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await write([row = std::move(row), body](Transaction& t) { return body(t, row); });
}

template <class Row>
Task<Result<std::vector<Row>>> PostgresIdentity::read(Call one, Result<std::vector<Row>> (*take)(const Rows&)) {
  auto answers = co_await calls_.once("read what it knows of identities", {std::move(one)});
  if (!answers) co_return answers.error();
  co_return take(answers->front());
}

Task<Result<AuthChanges>> PostgresIdentity::changesSince(std::uint64_t revision, std::string wrappedFor) {
  auto answers = co_await calls_.soon("read changes of identities", changesCalls(revision, wrappedFor));
  if (!answers) co_return answers.error();
  co_return takeChanges(*answers);
}

Task<Status> PostgresIdentity::revoke(OwnerId wallet, std::int64_t upTo) {
  return checked<Revocation>({std::move(wallet), upTo}, postgres::revoke);
}
Task<Result<IdentityRegistry::Bound>> PostgresIdentity::bindNonce(Hash32 nonce, Hash32 digest, Timestamp until) {
  return calls_.change<Bound>([=](Transaction& t) { return postgres::bindNonce(t, nonce, digest, until); });
}

Task<Status> PostgresIdentity::addSharedKey(SharedKeyRow key, std::vector<WrappedKey> wrapped, bool ifNone) {
  key.createdAt = {};
  AddSharedKey change{std::move(key), std::move(wrapped)};
  if (auto refused = refusal(change)) co_return *refused;
  co_return co_await write([=](Transaction& t) { return postgres::addSharedKey(t, change, ifNone); });
}
Task<Status> PostgresIdentity::wrapSharedKey(WrappedKey wrapped) {
  return checked<WrappedKey>(std::move(wrapped), postgres::wrapSharedKey);
}
Task<Status> PostgresIdentity::retireSharedKey(std::string id) {
  return write([=](Transaction& t) { return postgres::retireSharedKey(t, id); });
}

Task<Status> PostgresIdentity::addAccessKey(AccessKeyRow key) {
  key.deleted = false;
  key.createdAt = key.lastUsedAt = {};
  return checked<AccessKeyRow>(std::move(key), postgres::addAccessKey);
}
Task<Status> PostgresIdentity::setAccessKeyEnabled(std::string id, bool enabled) {
  return write([=](Transaction& t) { return postgres::setAccessKeyEnabled(t, id, enabled); });
}
Task<Status> PostgresIdentity::resealAccessKey(std::string id, Bytes sealedSecret, std::string sealedBy) {
  AccessKeyRow row;
  row.id = std::move(id);
  row.owner = OwnerId("any");  // stays what it is
  row.sealedSecret = std::move(sealedSecret);
  row.sealedBy = std::move(sealedBy);
  return checked<AccessKeyRow>(std::move(row), postgres::resealAccessKey);
}
Task<Status> PostgresIdentity::deleteAccessKey(std::string id) {
  return write([=](Transaction& t) { return postgres::deleteAccessKey(t, id); });
}

// No later than now: the time comes from a master's own clock. One statement, rows in one order for all masters.
Task<Status> PostgresIdentity::noteUses(std::vector<Use> uses) {
  std::vector<std::string> ids, times;
  for (const Use& use : uses) {
    ids.push_back(use.id);
    times.push_back(std::to_string(use.at.get()));
  }
  return write([ids, times](Transaction& t) -> Task<Status> {
    auto done = co_await t.run("note uses of access keys",
                               "WITH uses AS (SELECT id, LEAST(max(at), " CAIRN_PG_NOW_MS
                               ") AS at FROM"
                               " unnest(($1::text)::text[], (($2::text)::text[])::bigint[]) AS u(id, at) GROUP BY id),"
                               " held AS (SELECT k.id, uses.at FROM access_keys AS k JOIN uses ON uses.id = k.id WHERE"
                               " NOT k.deleted AND k.last_used_at < uses.at ORDER BY k.id FOR NO KEY UPDATE OF k)"
                               " UPDATE access_keys AS k SET last_used_at = held.at FROM held WHERE k.id = held.id",
                               textArray(ids), textArray(times));
    if (!done) co_return done.error();
    co_return Status();
  });
}
Task<Result<std::vector<AccessKeyRow>>> PostgresIdentity::accessKeys(OwnerId owner) {
  return read(accessKeysCall(owner), takeAccessKeys);
}

Task<Status> PostgresIdentity::setOperator(OperatorRow row, bool onlyFirst) {
  row.at = {};
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await write([=](Transaction& t) { return postgres::setOperator(t, row, onlyFirst); });
}
Task<Result<std::vector<OperatorRow>>> PostgresIdentity::operators() {
  return read(operatorsCall(), takeOperators);
}

Task<Status> PostgresIdentity::revokeGrant(Hash32 digest, Timestamp until) {
  return write([=](Transaction& t) { return postgres::revokeGrant(t, digest, until); });
}
Task<Result<bool>> PostgresIdentity::useGrant(Hash32 digest, std::uint64_t most, Timestamp until) {
  return calls_.change<bool>([=](Transaction& t) { return postgres::useGrant(t, digest, most, until); });
}

Task<Status> PostgresIdentity::vouch(Voucher voucher) {
  voucher.at = {};
  return checked<Voucher>(std::move(voucher), postgres::vouch);
}
Task<Result<std::vector<Voucher>>> PostgresIdentity::vouchers() {
  return read(vouchersCall(), takeVouchers);
}

Task<Result<AuditRow>> PostgresIdentity::act(Change change, AuditRow row, std::optional<Once> once) {
  row.at = {};
  if (auto refused = refusal(change)) co_return *refused;
  if (auto refused = refusal(row)) co_return *refused;
  co_return co_await calls_.change<AuditRow>([=](Transaction& t) { return postgres::act(t, change, row, once); });
}
Task<Result<AuditRow>> PostgresIdentity::appendAudit(AuditRow row) {
  return act(std::monostate(), std::move(row), std::nullopt);
}
Task<Result<std::vector<AuditRow>>> PostgresIdentity::audit(std::uint64_t from, std::uint64_t to, std::size_t limit) {
  return read(auditCall(from, to, limit), takeAudit);
}
Task<Result<std::uint64_t>> PostgresIdentity::lastAudit() {
  auto answers =
      co_await calls_.once("read the last audit row", {call("SELECT COALESCE(max(sequence), 0) FROM audit")});
  if (!answers) co_return answers.error();
  co_return answers->front().count(0, 0);
}

}  // namespace cairn::registry::postgres
