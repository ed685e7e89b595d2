// Wallets' tokens: never a crash, version 2 in one spelling, version 1 in as many as there are and always the same
// token; what nobody signed is never taken. The same for scopes in JSON.

#include "common/digest/base64.h"
#include "common/identity/scope_json.h"
#include "common/identity/token.h"

namespace cairn::identity {
namespace {

void text(std::string_view input) {
  const auto read = readToken(input);
  if (!read) return CAIRN_ASSERT(!read.error().message.empty());
  CAIRN_ASSERT(looksLikeToken(input) && input.size() <= kMaxTokenBytes);
  const Token& token = read->token;
  CAIRN_ASSERT(read->digest == digestOf(token) && token.issued >= 0 && token.expires >= 0);
  const std::string again = tokenText(token, *read->signature.byKey);
  if (token.version == 2) CAIRN_ASSERT(again == input);
  const auto same = readToken(again);
  CAIRN_ASSERT(same && same->token == token && same->digest == read->digest);
  static_cast<void>(checkSigner(*read));
  for (std::int64_t now : {std::int64_t{0}, token.issued, token.expires, INT64_MAX / 2})
    static_cast<void>(checkTimes(token, now));
  static_cast<void>(documentOf(token));
}

/// As a payload, signed as it should be.
void payload(std::string_view input, std::string_view prefix) {
  static const SecretKey kKey = *SecretKey::parse(Bytes(32, 7));
  static const std::string kSignature = base64Url(RecoverableSignature::sign(kKey, Digest{}).bytes());
  const std::string unsignedText = std::string(prefix) + base64Url(asBytes(input)) + ".";
  text(unsignedText + kSignature);
  auto read = readToken(unsignedText + kSignature);
  if (!read) return;
  CAIRN_ASSERT(!checkSigner(*read));  // signed was the digest of nothing
  read->token.wallet = Address::of(kKey.publicKey());
  const Digest digest = digestOf(read->token);
  const auto good = readToken(tokenText(read->token, RecoverableSignature::sign(kKey, digest)));
  CAIRN_ASSERT(good && checkSigner(*good) && good->digest == digest);
}

void scope(std::string_view input) {
  const auto json = parseJson(input);
  const auto read = json ? readScope(*json) : Result<Scope>(fail(Errc::invalid, ""));
  if (!read) return;
  CAIRN_ASSERT(!read->entries().empty() && read->entries().size() <= kMaxScopeEntries);
  CAIRN_ASSERT(read->covers(*read) && Scope::everything().covers(*read));
  const auto again = readScope(*parseJson(scopeJson(*read)));
  CAIRN_ASSERT(again && *again == *read);
}

}  // namespace
}  // namespace cairn::identity

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  const std::string_view input = asText({data, size});
  identity::text(input);
  identity::payload(input, identity::kTokenV1);
  identity::payload(input, identity::kTokenV2);
  identity::scope(input);
  return 0;
}
