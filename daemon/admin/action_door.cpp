#include "daemon/admin/action_door.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/identity/signed_text.h"
#include "daemon/admin/convert.h"

namespace cairn::admin {
namespace {

using auth::VerifiedAction;
using registry::AuditRow;

constexpr std::string_view kRefused = "refused: ";

Error malformed(std::string why) {
  return fail(Errc::invalid, "the request is no action: " + std::move(why));
}

/// A member of the request that must be text.
Result<std::string> textOf(const Json& request, std::string_view name) {
  const Json* found = request.find(name);
  if (found == nullptr || found->kind != Json::Kind::text)
    return malformed('"' + std::string(name) + "\" is missing or not text");
  return found->text;
}

/// What the registry found against the action itself, as opposed to a failure of its own.
bool isRefusal(Errc code) {
  return code == Errc::precondition || code == Errc::not_found || code == Errc::denied;
}

Result<api::AuditRow> toAnswer(const AuditRow& row) {
  if (row.outcome.starts_with(kRefused)) return fail(Errc::denied, row.outcome.substr(kRefused.size()));
  return convert(row);
}

}  // namespace

Result<ActionDoor::Asked> ActionDoor::read(std::string_view body) const {
  const auto request = readJson(body);
  if (!request) return malformed(request.error().message);
  if (request->kind != Json::Kind::object) return malformed("it is not a JSON object");
  constexpr std::array<std::string_view, 6> known = {"action", "parameters", "nonce", "expires", "signature", "code"};
  for (const auto& [name, value] : request->members)
    if (std::ranges::find(known, name) == known.end()) return malformed("it has an unknown member");
  const Json *parameters = request->find("parameters"), *expires = request->find("expires");
  const auto seconds = expires != nullptr && expires->kind == Json::Kind::number ? parseDecimal(expires->text)
                                                                                 : std::optional<std::uint64_t>();
  if (!seconds || *seconds >= 1ULL << 53) return malformed("\"expires\" is missing or no whole number of seconds");
  if (parameters == nullptr) return malformed("\"parameters\" is missing");
  auto name = textOf(*request, "action"), nonce = textOf(*request, "nonce"), signature = textOf(*request, "signature");
  for (const auto* text : {&name, &nonce, &signature})
    if (!*text) return text->error();
  const auto word = identity::readWord(*nonce);
  if (!word) return malformed("\"nonce\": " + word.error().message);
  const auto bytes = signature->starts_with("0x") ? fromHex(signature->substr(2)) : std::nullopt;
  if (!bytes) return malformed("\"signature\" is not 0x and hexadecimal digits");
  auto action =
      identity::makeAction(*name, *parameters, operators_.fleet(), *word, static_cast<std::int64_t>(*seconds));
  if (!action) return fail(Errc::invalid, action.error().message);
  const bool claim = action->type->name == "ClaimAdmin";
  if (claim != (request->find("code") != nullptr)) return malformed("\"code\" goes with ClaimAdmin, and with it alone");
  auto code = claim ? textOf(*request, "code") : std::string();
  if (!code) return code.error();
  auto verified = operators_.verify(std::move(*action), *bytes);
  if (!verified) return verified.error();
  return Asked{std::move(*verified), std::move(*code)};
}

Status ActionDoor::checkCode(const Asked& asked) {
  if (asked.action.action.type->name != "ClaimAdmin") return {};
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
  auto asked = read(body);
  if (!asked) co_return asked.error();
  VerifiedAction& action = asked->action;
  if (auto s = checkCode(*asked); !s) co_return s.error();
  const auth::ActionRule& rule = auth::ruleOf(action.action);
  Result<AuditRow> row = fail(Errc::denied, action.signer.get() + " has not the role for " + std::string(rule.action) +
                                                "; its role here is too little");
  if (action.allowed()) row = co_await make(action, from);
  // Whoever has no role leaves no row; a claim's signer has none yet.
  if (!row && isRefusal(row.error().code) && action.role != registry::Role::none)
    row = co_await noteRefusal(action, from, row.error().message);
  if (!row && row.error().code == Errc::unknown_outcome)
    co_return fail(Errc::unavailable, "the registry did not say what became of it; send the same message again");
  if (!row) co_return row.error();
  if (rule.least == registry::Role::none) code_.end();
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
  for (const auto& row : *rows) out.rows.push_back(convert(row));
  if (rows->size() == *limit) out.next = rows->back().sequence + 1;
  co_return out;
}

}  // namespace cairn::admin
