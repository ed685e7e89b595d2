#include "daemon/admin/action_door.h"

#include <algorithm>

#include "common/api/audit_row.h"
#include "daemon/admin/convert.h"

namespace cairn::admin {
namespace {

using auth::VerifiedAction;
using registry::AuditRow;

constexpr std::string_view kRefused = "refused: ", kClaim = "ClaimAdmin";

/// What the registry found against the action itself, as opposed to a failure of its own.
bool isRefusal(Errc code) {
  return code == Errc::precondition || code == Errc::not_found || code == Errc::denied;
}

Result<api::AuditRow> toAnswer(const AuditRow& row) {
  if (row.outcome.starts_with(kRefused)) return fail(Errc::denied, row.outcome.substr(kRefused.size()));
  return api::auditRow(row);
}

}  // namespace

Status ActionDoor::checkCode(const auth::AskedAction& asked) {
  if (asked.action.action.type->name != kClaim) return {};
  if (operators_.view().anyOperator())
    return fail(Errc::denied, "this fleet has operators already: one of its admins can give you a role");
  if (!code_.matches(asked.code))
    return fail(Errc::denied, "this is not the code that this master logged when it started");
  return {};
}

/// A voucher is for a key that its master registered, not for one that somebody wrote into a message.
Task<Status> ActionDoor::checkKey(VerifiedAction action) {
  if (action.action.type->name != "VouchMaster") co_return Status();
  auto keys = co_await registry_.receiptKeys();
  if (!keys) co_return keys.error();
  const auto& master = action.action.get<std::string>("master");
  const auto& key = action.action.get<Bytes>("publicKey");
  if (std::ranges::any_of(*keys, [&](const auto& k) { return k.master.get() == master && k.publicKey == key; }))
    co_return Status();
  co_return fail(Errc::not_found, "the registry lists no such receipt key of master " + master);
}

/// A name is given to a bucket that is there: a wrong letter in the owner would give it to nobody.
Task<Status> ActionDoor::checkBucket(registry::Change change) {
  const auto* set = std::get_if<registry::SetAlias>(&change);
  if (set == nullptr || !set->bucket) co_return Status();
  auto row = co_await registry_.read(*set->bucket);
  if (!row) co_return row.error();
  if (row->root) co_return Status();
  co_return fail(Errc::not_found, "owner " + set->bucket->owner.get() + " has no bucket " + set->bucket->name.get());
}

Task<Result<AuditRow>> ActionDoor::noteRefusal(VerifiedAction action, std::string from, std::string why) {
  AuditRow row = action.row(std::move(from));
  row.outcome = std::string(kRefused) + std::move(why);
  registry::Once once = action.once();
  once.least = registry::Role::none;
  return registry_.identity().act(std::monostate(), std::move(row), std::move(once));
}

Task<Result<AuditRow>> ActionDoor::make(VerifiedAction action, std::string from) {
  auto effect = auth::effectOf(action.action, action.signer, action.signature, operators_.view(), operators_.now());
  if (!effect) co_return effect.error();
  if (auto s = co_await checkKey(action); !s) co_return s.error();
  if (auto s = co_await checkBucket(effect->change); !s) co_return s.error();
  AuditRow row = action.row(std::move(from));
  row.what = std::move(effect->what);
  row.outcome = "done";
  co_return co_await registry_.identity().act(std::move(effect->change), std::move(row), action.once());
}

Task<Result<api::AuditRow>> ActionDoor::act(std::string body, std::string from) {
  auto asked = auth::readAction(body, operators_);
  if (!asked) co_return asked.error();
  VerifiedAction& action = asked->action;
  if (auth::isOwn(action.action)) {
    auto row = co_await own_.act(std::move(action), std::move(from));
    if (!row) co_return row.error();
    co_return api::auditRow(*row);
  }
  if (auto s = checkCode(*asked); !s) co_return s.error();
  const std::string_view name = action.action.type->name;
  Result<AuditRow> row = fail(Errc::denied, action.signer.get() + " has not the role for " + std::string(name) +
                                                "; its role here is too little");
  if (action.allowed()) row = co_await make(action, from);
  // Whoever has no role leaves no row; a claim's signer has none yet.
  if (!row && isRefusal(row.error().code) && action.role != registry::Role::none)
    row = co_await noteRefusal(action, from, row.error().message);
  if (!row && row.error().code == Errc::unknown_outcome) co_return auth::outcomeUnknown();
  if (!row) co_return row.error();
  if (name == kClaim) code_.end();
  co_return toAnswer(*row);
}

Task<Result<api::Operators>> ActionDoor::list() {
  auto rows = co_await registry_.identity().operators();
  if (!rows) co_return rows.error();
  api::Operators out;
  for (const auto& row : *rows) out.operators.push_back(convert(row));
  co_return out;
}

Task<Result<api::Audit>> ActionDoor::audit(Query query) {
  auto from = query.number("from", 1, 1, INT64_MAX);
  if (!from) co_return from.error();
  auto limit = query.number("limit", 100, 1, 1000);
  if (!limit) co_return limit.error();
  auto rows = co_await registry_.identity().audit(*from, UINT64_MAX, *limit);
  if (!rows) co_return rows.error();
  api::Audit out;
  for (const auto& row : *rows) out.rows.push_back(api::auditRow(row));
  if (rows->size() == *limit) out.next = rows->back().sequence + 1;
  co_return out;
}

}  // namespace cairn::admin
