// Tokens: never a crash and never accepted unsigned; and, with the input signed as claims, an owner that is fit to be
// one.

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/digest/base64.h"
#include "daemon/auth/hmac.h"
#include "daemon/auth/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  using namespace cairn::auth;
  const JwtKey key{"no input was signed with this", "k1"};
  const JwtKeys keys{{&key, 1}};
  const Timestamp now(std::int64_t{1700000000} * 1000);
  const BytesView input(data, size);
  CAIRN_ASSERT(!verifyJwt(asText(input), keys, {}, now));
  std::string token = base64Url(asBytes(R"({"alg":"HS256"})")) + "." + base64Url(input);
  token += "." + base64Url(hmacSha256(asBytes(key.secret.view()), token));
  const auto identity = verifyJwt(token, keys, {}, now);
  if (!identity) return 0;
  const std::string& owner = identity->owner.get();
  CAIRN_ASSERT(!owner.empty() && owner.size() <= 256 && owner.find('\0') == std::string::npos);
  CAIRN_ASSERT(!identity->expires || *identity->expires > 1700000000);
  const auto claims = parseJson(asText(input));
  CAIRN_ASSERT(claims && claims->find("sub") != nullptr && claims->find("sub")->text == owner);
  return 0;
}
