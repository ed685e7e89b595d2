#include "daemon/registry/postgres/identity_rows.h"

#include "common/base/text.h"

namespace cairn::registry::postgres {
namespace {

Revocation takeRevocation(Stored& in) {
  return {OwnerId(in.text(0)), in.integer(1, "up to")};
}
SharedKeyRow takeSharedKey(Stored& in) {
  return {in.text(0), in.text(1), in.time(2, "created at"), in.flag(3)};
}
WrappedKey takeWrappedKey(Stored& in) {
  return {in.text(0), in.text(1), in.blob(2)};
}
Hash32 takeDigest(Stored& in) {
  return in.hash(0, "digest");
}
Voucher takeVoucher(Stored& in) {
  return {MasterId(in.text(0)), in.blob(1), OwnerId(in.text(2)), in.text(3), in.blob(4), in.time(5, "at")};
}
AuditRow takeAuditRow(Stored& in) {
  AuditRow row;
  row.sequence = in.count(0, "sequence");
  row.at = in.time(1, "at");
  row.who = in.text(2);
  row.action = in.text(3);
  row.what = in.text(4);
  row.signature = in.blob(5);
  row.message = in.text(6);
  row.from = in.text(7);
  row.outcome = in.text(8);
  row.previous = in.hash(9, "previous");
  row.hash = in.hash(10, "hash");
  return row;
}

/// A revocation must count for somebody: its wallet, or, where there is none, all.
Status placeRevocations(std::vector<UnreadableRow>& unreadable) {
  for (UnreadableRow& row : unreadable) {
    if (row.table != "revocations") continue;
    row.key = lowered(row.key);
    if (!isWallet(OwnerId(row.key)))
      return fail(Errc::corrupt, "registry table revocations, row " + row.key + ": " + row.why);
  }
  return {};
}

template <class Row>
Status later(const Rows& rows, const char* table, Row (*take)(Stored&), Complaint (*check)(const Row&),
             std::vector<Row>& out, std::vector<UnreadableRow>* unreadable) {
  auto taken = collect<Row>(rows, table, take, check, unreadable);
  if (!taken) return taken.error();
  out = std::move(*taken);
  return {};
}

}  // namespace

AccessKeyRow takeAccessKey(Stored& in) {
  AccessKeyRow row;
  row.id = in.text(0);
  row.owner = OwnerId(in.text(1));
  row.sealedSecret = in.blob(2);
  row.sealedBy = in.text(3);
  row.scope = in.text(4);
  row.label = in.text(5);
  row.enabled = in.flag(6);
  row.deleted = in.flag(7);
  row.createdAt = in.time(8, "created at");
  row.expiresAt = in.time(9, "expires at");
  row.lastUsedAt = in.time(10, "last used at");
  return row;
}

OperatorRow takeOperator(Stored& in) {
  return {OwnerId(in.text(0)), in.role(1, "role"), OwnerId(in.text(2)), in.time(3, "at")};
}

// What is committed beside the snapshot has a higher revision than the one given here.
std::vector<Call> changesCalls(std::uint64_t since, const std::string& wrappedFor) {
#define CAIRN_PG_LATER                                                                                      \
  " WHERE revision > (SELECT CASE WHEN $1::bigint > r.revision THEN 0 ELSE $1 END FROM identity_revision r" \
  " WHERE r.one = 1)"
#define CAIRN_PG_ORDER " ORDER BY revision"
  const std::uint64_t from = atMostBigint(since);
  return {
      call("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
      call("SELECT one, revision FROM identity_revision WHERE one = 1"),
      call("SELECT wallet, up_to FROM revocations" CAIRN_PG_LATER CAIRN_PG_ORDER, from),
      call(CAIRN_PG_ACCESS_KEY CAIRN_PG_LATER CAIRN_PG_ORDER, from),
      call("SELECT id, purpose, " CAIRN_PG_MS("created_at") ", retired FROM shared_keys" CAIRN_PG_LATER CAIRN_PG_ORDER,
           from),
      call("SELECT key_id, wrapped_for, wrapped FROM wrapped_keys" CAIRN_PG_LATER
           " AND ($2::text = '' OR wrapped_for = $2)" CAIRN_PG_ORDER,
           from, wrappedFor),
      call(CAIRN_PG_OPERATOR CAIRN_PG_LATER CAIRN_PG_ORDER, from),
      call("SELECT digest FROM revoked_grants" CAIRN_PG_LATER CAIRN_PG_ORDER, from),
      call("COMMIT")};
}

Result<AuthChanges> takeChanges(const std::vector<Rows>& answers) {
  if (answers[1].empty()) return fail(Errc::corrupt, "registry table identity_revision: it has no row");
  AuthChanges out;
  Stored revision(answers[1], 0);
  out.revision = revision.count(1, "revision");
  if (revision.complaint()) return revision.corrupt("identity_revision", *revision.complaint());
  auto* bad = &out.unreadable;
  Status read = later<Revocation>(answers[2], "revocations", takeRevocation, wrongWith, out.revocations, bad);
  if (read) read = later<AccessKeyRow>(answers[3], "access_keys", takeAccessKey, wrongWith, out.accessKeys, bad);
  if (read) read = later<SharedKeyRow>(answers[4], "shared_keys", takeSharedKey, wrongWith, out.sharedKeys, bad);
  if (read) read = later<WrappedKey>(answers[5], "wrapped_keys", takeWrappedKey, wrongWith, out.wrappedKeys, bad);
  if (read) read = later<OperatorRow>(answers[6], "operators", takeOperator, wrongWith, out.operators, bad);
  if (read) read = later<Hash32>(answers[7], "revoked_grants", takeDigest, nullptr, out.revokedGrants, nullptr);
  if (read) read = placeRevocations(out.unreadable);
  if (!read) return read.error();
  return out;
}

Call accessKeysCall(const OwnerId& owner) {
  return call(CAIRN_PG_ACCESS_KEY " WHERE NOT deleted AND ($1::text = '' OR owner_id = $1) ORDER BY id COLLATE \"C\"",
              owner.get());
}
Result<std::vector<AccessKeyRow>> takeAccessKeys(const Rows& rows) {
  return collect<AccessKeyRow>(rows, "access_keys", takeAccessKey, wrongWith);
}

Call operatorsCall() {
  return call(CAIRN_PG_OPERATOR " WHERE role <> 'none' ORDER BY wallet COLLATE \"C\"");
}
Result<std::vector<OperatorRow>> takeOperators(const Rows& rows) {
  return collect<OperatorRow>(rows, "operators", takeOperator, wrongWith);
}

Call vouchersCall() {
  return call("SELECT master, public_key, by, message, signature, " CAIRN_PG_MS(
      "at") " FROM vouchers ORDER BY master"
            " COLLATE \"C\", public_key, by COLLATE \"C\"");
}
Result<std::vector<Voucher>> takeVouchers(const Rows& rows) {
  return collect<Voucher>(rows, "vouchers", takeVoucher, wrongWith);
}

Call auditCall(std::uint64_t from, std::uint64_t to, std::size_t limit) {
  return call(
      "SELECT sequence, at, who, action, what, signature, message, source, outcome, previous, hash FROM audit"
      " WHERE sequence BETWEEN $1::bigint AND $2::bigint ORDER BY sequence LIMIT $3::bigint",
      atMostBigint(from), atMostBigint(to), atMostBigint(limit));
}
Result<std::vector<AuditRow>> takeAudit(const Rows& rows) {
  return collect<AuditRow>(rows, "audit", takeAuditRow, nullptr);  // what they say is for verifyAudit() to judge
}

}  // namespace cairn::registry::postgres
