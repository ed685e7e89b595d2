// The body of an action and its document: never a crash; what is read back is what was written, in one spelling; and
// nothing is anybody's who has no role, whatever is asked.

#include "common/identity/audit_signatures.h"
#include "common/identity/typed_data.h"
#include "daemon/auth/action_request.h"
#include "tests/support/known_fleet.h"

namespace {

using namespace cairn;
using namespace cairn::identity;

test::KnownFleet& fleet() {
  static test::KnownFleet made;
  return made;
}

void checkDocument(std::string_view text) {
  const auto action = readActionDocument(text);
  if (!action) return;
  const std::string written = documentOf(*action);
  const auto again = readActionDocument(written);
  CAIRN_ASSERT(again && *again == *action && documentOf(*again) == written);
  const auto data = TypedData::parse(text);
  CAIRN_ASSERT(data && data->digest() == digestOf(*action));
  const auto parameters = readJson(parametersOf(*action));
  CAIRN_ASSERT(parameters);
  const auto made = makeAction(action->type->name, *parameters, action->fleet, action->nonce, action->expires);
  CAIRN_ASSERT(made && *made == *action);
}

void checkBody(std::string_view text) {
  static const auth::Operators operators(fleet().view, fleet().clock, "f1ee7");
  const auto asked = auth::readAction(text, operators);
  if (!asked) return;
  // Well-formed, in time, and whoever signed it has no role: a wallet's word about itself.
  const auth::VerifiedAction& action = asked->action;
  CAIRN_ASSERT(auth::leastRole(action.action) == registry::Role::none && action.role == registry::Role::none);
  CAIRN_ASSERT(signerOf(action.action, action.signature)->lowerCase() == action.signer.get());
  const auto effect = auth::effectOf(action.action, action.signer, action.signature, fleet().view, operators.now());
  if (effect) CAIRN_ASSERT(action.action.get<Address>("wallet").lowerCase() == action.signer.get());
}

/// As a row of the audit log would have it.
void checkRow(std::string_view text) {
  AuditRow row;
  row.who = "0x" + std::string(40, '1');
  row.action = "operator.set";
  row.what = row.message = std::string(text);
  row.signature = Bytes(65, 1);
  row.outcome = "done";
  CAIRN_ASSERT(AuditSignatures("f1ee7").check(row));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = asText({data, size});
  checkDocument(text);
  checkBody(text);
  checkRow(text);
  return 0;
}
