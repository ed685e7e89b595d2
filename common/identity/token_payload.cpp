#include "common/identity/token_payload.h"

#include <algorithm>

#include "common/identity/members.h"
#include "common/identity/scope_json.h"

namespace cairn::identity {
namespace {

constexpr std::size_t kMaxFleet = 64;
constexpr int kMaxDepthV1 = 127;  // of a member that nobody looks at

std::string pair(std::string_view name, std::string_view value) {
  return '"' + std::string(name) + "\":" + std::string(value);
}

Result<Digest> readNonce(std::string_view text) {
  const auto bytes = text.starts_with("0x") ? fromHex(text.substr(2)) : std::nullopt;
  if (!bytes || bytes->size() != 32) return fail(Errc::invalid, "its nonce is not 0x and 64 hexadecimal digits");
  Digest nonce;
  std::copy(bytes->begin(), bytes->end(), nonce.begin());
  return nonce;
}

}  // namespace

std::string tokenPayload(const Token& token) {
  std::string out = "{" + pair("wallet", quoteJson(token.wallet.lowerCase()));
  if (token.version == 2) {
    out += "," + pair("fleet", quoteJson(token.fleet)) + "," + pair("role", quoteJson(toText(token.role))) + "," +
           pair("scope", scopeJson(token.scope));
  }
  out += "," + pair("iat", std::to_string(token.issued)) + "," + pair("exp", std::to_string(token.expires));
  if (token.version == 2) out += "," + pair("nonce", quoteJson("0x" + toHex(token.nonce)));
  return out + "}";
}

Result<Token> readPayloadV1(std::string_view json) {
  auto parsed = readJson(json, kMaxDepthV1);
  if (!parsed) return parsed.error();
  // The gateways' reader takes a struct as an array of its fields, too.
  if (parsed->kind == Json::Kind::array && parsed->items.size() == 3) {
    Json object;
    object.kind = Json::Kind::object;
    for (std::size_t i = 0; const char* name : {"wallet", "iat", "exp"})
      object.members.emplace(name, std::move(parsed->items[i++]));
    *parsed = std::move(object);
  }
  Members m(*parsed, {"wallet", "iat", "exp"}, Members::Others::passed_over);
  Token token;
  token.version = 1;
  const std::string& text = m.text("wallet");
  auto wallet = Address::parseAnyCase(text.starts_with("0x") ? text : "0x" + text);
  token.issued = m.integer("iat");
  token.expires = m.integer("exp");
  if (!m.status()) return m.status().error();
  if (!wallet) return wallet.error();
  token.wallet = *wallet;
  return token;
}

Result<Token> readPayloadV2(std::string_view json) {
  auto parsed = readJson(json);
  if (!parsed) return parsed.error();
  Members m(*parsed, {"wallet", "fleet", "role", "scope", "iat", "exp", "nonce"});
  Token token;
  auto wallet = Address::parseAnyCase(m.text("wallet"));
  auto nonce = readNonce(m.text("nonce"));
  auto scope = readScope(m.value("scope"));
  token.fleet = m.text("fleet");
  token.issued = m.integer("iat");
  token.expires = m.integer("exp");
  const std::string& role = m.text("role");
  if (role != "storage" && role != "operator") m.wrong("names a role other than storage and operator");
  if (token.fleet.empty() || token.fleet.size() > kMaxFleet) m.wrong("names no fleet");
  if (!m.status()) return m.status().error();
  if (!wallet) return wallet.error();
  if (!nonce) return nonce.error();
  if (!scope) return scope.error();
  token.wallet = *wallet;
  token.nonce = *nonce;
  token.scope = std::move(*scope);
  token.role = role == "storage" ? TokenRole::storage : TokenRole::operator_;
  if (tokenPayload(token) != json)
    return fail(Errc::invalid, "it is not spelled as JSON.stringify does with its members in order");
  return token;
}

}  // namespace cairn::identity
