#include "common/identity/audit_signatures.h"

#include <algorithm>

namespace cairn::identity {
namespace {

constexpr std::string_view kFirst = "operator.first";

Error forged(std::string why) {
  return fail(Errc::corrupt, std::move(why));
}

/// The row's action, made of what the row says was done; nonce and expiry stand in the message alone.
Result<Action> actionOf(const AuditRow& row, const Action& said) {
  auto what = readJson(row.what);
  if (!what || what->kind != Json::Kind::object) return forged("what it says was done is no JSON object");
  if (row.outcome == "done" && !said.type->made.empty()) what->members.erase(std::string(said.type->made));
  auto action = makeAction(said.type->name, *what, said.fleet, said.nonce, said.expires);
  if (!action) return forged("what it says was done is no " + std::string(said.type->name));
  return action;
}

/// Of the wallet that an action without a least role is about.
bool isOwn(const Action& action, const Address& signer) {
  return action.get<Address>("wallet") == signer;
}

/// What a master notes of a request by whatever credentials: nobody signs a message for it.
bool isNoted(std::string_view action) {
  return action == "bucket.open" || action == "bucket.close" || action == "bucket.restore" || action == "bucket.undo" ||
         action == "bucket.adopt";
}

Status checkTime(const AuditRow& row, const Action& action) {
  const std::int64_t at = row.at.get() / 1000;
  const std::int64_t end = action.expires + AuditSignatures::kMostApart;
  if (at > end || at < action.expires - kMostActionLife - AuditSignatures::kMostApart)
    return forged("its time is more than a day from when its message was good");
  return {};
}

}  // namespace

Status AuditSignatures::checkUnsigned(const AuditRow& row) const {
  if (!row.message.empty()) return forged("it has a message and no signature");
  if (!isNoted(row.action) && row.who.starts_with("0x") && Address::parseAnyCase(row.who))
    return forged("it names a wallet and has no signature of it");
  if (row.action == kFirst && row.outcome == "done" && history_.first())
    return forged("the fleet had its first admin before");
  bool known = false, byCommand = false;
  for (const ActionType& type : actionTypes()) {
    if (type.audited != row.action) continue;
    known = true;
    byCommand = byCommand || type.alsoCommand;
  }
  if (known && !byCommand) return forged("only a wallet's message does this, and it has no signature");
  return {};
}

Status AuditSignatures::checkSigner(const AuditRow& row, const Action& action) const {
  const auto signer = signerOf(action, row.signature);
  if (!signer) return signer.error();
  if (signer->lowerCase() != row.who) return forged("it was signed by " + signer->text() + ", not by whom it names");
  if (row.outcome.starts_with("refused: ")) return {};
  if (row.outcome != "done") return forged("its outcome is neither done nor refused");
  if (action.type->name == "ClaimAdmin" && history_.first()) return forged("the fleet had its first admin before");
  if (action.type->least.empty() ? isOwn(action, *signer) : history_.atLeast(*signer, action.type->least)) return {};
  return forged("its signer was no " +
                (action.type->least.empty() ? "wallet that it is about" : std::string(action.type->least)) +
                " by the rows before it");
}

Status AuditSignatures::checkSigned(const AuditRow& row) {
  const auto said = readActionDocument(row.message);
  if (!said) return forged("its message is no action: " + said.error().message);
  if (said->fleet != fleet_) return forged("its message is for another fleet");
  if (said->type->audited != row.action) return forged("its message is a " + std::string(said->type->name));
  const auto action = actionOf(row, *said);
  if (!action) return action.error();
  if (documentOf(*action) != row.message) return forged("what it says was done is not what its message says");
  if (auto s = checkTime(row, *action); !s) return s;
  if (auto s = checkSigner(row, *action); !s) return s;
  const auto [before, first] = seen_.try_emplace(digestOf(*action), row.sequence);
  if (!first) return forged("its message was acted upon in row " + std::to_string(before->second));
  return {};
}

std::optional<AuditFault> AuditSignatures::check(const AuditRow& row) {
  const Status holds = row.signature.empty() ? checkUnsigned(row) : checkSigned(row);
  if (!holds) return AuditFault{FaultKind::forged, row.sequence, holds.error().message};
  history_.take(row);
  return std::nullopt;
}

}  // namespace cairn::identity
