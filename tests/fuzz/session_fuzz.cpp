// Session tokens: what no shared key sealed is no session; a sealed state is read only if it is spelled as it is
// written, and says then what it said.

#include "common/digest/base64.h"
#include "daemon/auth/session_state.h"
#include "tests/support/known_fleet.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kPurpose = "cairn session f1ee7";

test::KnownFleet& fleet() {
  static test::KnownFleet made;
  return made;
}

void sealed(BytesView state) {
  Bytes token{1};
  fleet().view.withNewest(kSessionKey, [&](const std::string& id, const SealKey& key) {
    append(token, *fromHex(id));
    append(token, key.seal(kPurpose, state, fleet().random));
  });
  const auto decoded = decodeSession(state);
  const std::string id = decoded ? decoded->accessKeyId : "CSTS0000000000000000";
  const auto found = fleet().sessions.find(base64Url(token), id, Timestamp(0));
  if (!decoded) return CAIRN_ASSERT(!found);
  CAIRN_ASSERT(asText(encodeSession(decoded->session, id)) == asText(state));
  if (!found) return;
  CAIRN_ASSERT((*found)->key.owner == decoded->session.owner && (*found)->session.issued == decoded->session.issued);
  CAIRN_ASSERT(((*found)->scope != nullptr) == decoded->session.scope.has_value());
  if ((*found)->scope) CAIRN_ASSERT(*(*found)->scope == *decoded->session.scope);
}

}  // namespace
}  // namespace cairn::auth

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  const BytesView input(data, size);
  CAIRN_ASSERT(!auth::fleet().sessions.find(asText(input), "CSTS0000000000000000", Timestamp(0)));
  CAIRN_ASSERT(!auth::fleet().sessions.find(base64Url(input), "CSTS0000000000000000", Timestamp(0)));
  auth::sealed(input);
  return 0;
}
