#include "daemon/registry/sqlite/identity_statements.h"

#include "daemon/registry/identity_check.h"
#include "daemon/registry/sqlite/identity_takes.h"

namespace cairn::registry::sqlite {
namespace {

Result<std::vector<OperatorRow>> readThoseWithRoles(Connection& c) {
  Query q(c, CAIRN_SQL_OPERATOR " WHERE role <> 'none' ORDER BY wallet");
  return collect(c, q, "operators", takeOperator);
}

Voucher takeVoucher(Stored& in) {
  return {MasterId(in.text(0, "master")), in.blob(1, "public key"), OwnerId(in.text(2, "by")),
          in.text(3, "message"),          in.blob(4, "signature"),  in.time(5, "at")};
}

}  // namespace

Status setOperator(Connection& c, const OperatorRow& row, bool onlyFirst) {
  auto standing = readThoseWithRoles(c);
  if (!standing) return standing.error();
  if (auto refused = objection(*standing, row, onlyFirst)) return *refused;
  Role had = Role::none;
  for (const OperatorRow& one : *standing)
    if (one.wallet == row.wallet) had = one.role;
  if (had == row.role) return {};
  auto revision = raiseRevision(c);
  if (!revision) return revision.error();
  return Query(c,
               "INSERT INTO operators (wallet, role, by, at, revision) VALUES (?1, ?2, ?3, " CAIRN_SQL_NOW
               ", ?4) ON CONFLICT (wallet) DO UPDATE SET role = excluded.role, by = excluded.by, at = excluded.at,"
               " revision = excluded.revision",
               row.wallet.get(), toText(row.role), row.by.get(), *revision)
      .run("set an operator");
}

Result<std::vector<OperatorRow>> readOperators(Connection& c) {
  return readThoseWithRoles(c);
}

Status vouch(Connection& c, const Voucher& v) {
  return Query(c,
               "INSERT INTO vouchers (master, public_key, by, message, signature, at) VALUES (?1, ?2, ?3, ?4, ?5,"
               " " CAIRN_SQL_NOW
               ") ON CONFLICT (master, public_key, by) DO UPDATE SET message = excluded.message,"
               " signature = excluded.signature, at = excluded.at",
               v.master.get(), v.publicKey, v.by.get(), v.message, v.signature)
      .run("keep a voucher");
}

Result<std::vector<Voucher>> readVouchers(Connection& c) {
  Query q(c, "SELECT master, public_key, by, message, signature, at FROM vouchers ORDER BY master, public_key, by");
  return collect(c, q, "vouchers", takeVoucher);
}

}  // namespace cairn::registry::sqlite
