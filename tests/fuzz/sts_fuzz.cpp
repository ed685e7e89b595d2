// Forms posted to STS: always an answer of its own, in XML; credentials only for a token that was signed, which no
// input is; and with a good token put in, credentials that open, for no longer than the token and the form say.

#include "daemon/s3/sts.h"
#include "tests/support/known_fleet.h"

namespace cairn::s3 {
namespace {

test::KnownFleet& fleet() {
  static test::KnownFleet made;
  return made;
}

/// Version 1, good for an hour.
const std::string& goodToken() {
  static const std::string kText = [] {
    const auto key = *identity::SecretKey::parse(Bytes(32, 7));
    identity::Token token;
    token.version = 1;
    token.wallet = identity::Address::of(key.publicKey());
    token.issued = fleet().clock.now().get() / 1000;
    token.expires = token.issued + 3600;
    return identity::tokenText(token, identity::RecoverableSignature::sign(key, identity::digestOf(token)));
  }();
  return kText;
}

Reply post(Sts& sts, std::string_view form) {
  http::Request request;
  request.method = "POST";
  request.path = "/";
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  CAIRN_ASSERT(Sts::wants(request));
  http::BytesBody body(toBytes(asBytes(form)));
  std::string_view action;
  return fleet().run(sts.answer(request, body, fleet().clock.now(), "id", action));
}

std::string element(const std::string& xml, const std::string& name) {
  const auto begin = xml.find("<" + name + ">"), end = xml.find("</" + name + ">");
  if (begin == xml.npos || end == xml.npos) return {};
  return xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

}  // namespace
}  // namespace cairn::s3

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  using namespace cairn::s3;
  static Sts sts(fleet().tokens, fleet().sessions, auth::StsSigner({}, fleet().view, {}));
  const std::string form(asText({data, size}));
  const Reply alone = post(sts, form);
  CAIRN_ASSERT(alone.status >= 400 && alone.status < 500 && !element(alone.body, "Code").empty());
  CAIRN_ASSERT(alone.body.find("<SecretAccessKey>") == std::string::npos);
  const Reply with = post(sts, form + "&Action=AssumeRoleWithWebIdentity&WebIdentityToken=" + goodToken());
  CAIRN_ASSERT(with.status < 500);
  if (with.status != 200) return 0;
  const auto now = fleet().clock.now();
  const auto found = fleet().sessions.find(element(with.body, "SessionToken"), element(with.body, "AccessKeyId"), now);
  CAIRN_ASSERT(found && (*found)->key.secret.view() == element(with.body, "SecretAccessKey"));
  CAIRN_ASSERT((*found)->session.expires <= now.get() / 1000 + 3600);
  return 0;
}
