#include "common/identity/token_payload.h"

#include <algorithm>

#include "common/base/json.h"
#include "common/base/text.h"

namespace cairn::identity {
namespace {

constexpr std::uint64_t kMostInteger = (1ULL << 53) - 1;  // what JSON.stringify writes as it is
constexpr std::size_t kMaxFleet = 64;

std::string pair(std::string_view name, std::string_view value) {
  return '"' + std::string(name) + "\":" + std::string(value);
}

/// The members of an object: exactly those named, each of the kind asked for.
class Members {
 public:
  Members(const Json& object, std::initializer_list<std::string_view> names) : object_(object) {
    if (object.kind != Json::Kind::object) {
      wrong("is not a JSON object");
      return;
    }
    for (std::string_view name : names)
      if (object.find(name) == nullptr) wrong("lacks \"" + std::string(name) + '"');
    for (const auto& [name, value] : object.members)
      if (std::find(names.begin(), names.end(), name) == names.end()) wrong("has an unknown member");
  }

  const std::string& text(std::string_view name) { return get(name, Json::Kind::text, "text").text; }
  std::int64_t integer(std::string_view name) {
    const auto value = parseDecimal(get(name, Json::Kind::number, "an integer").text);
    if (!value || *value > kMostInteger) wrong('"' + std::string(name) + "\" is no integer of this range");
    return static_cast<std::int64_t>(value.value_or(0));
  }
  const std::vector<Json>& items(std::string_view name) { return get(name, Json::Kind::array, "an array").items; }
  void wrong(std::string why) {
    if (status_) status_ = fail(Errc::invalid, "it " + std::move(why));
  }
  const Status& status() const { return status_; }

 private:
  const Json& get(std::string_view name, Json::Kind kind, const char* what) {
    static const Json kNone;
    const Json* found = object_.find(name);
    if (found != nullptr && found->kind == kind) return *found;
    wrong('"' + std::string(name) + "\" is not " + what);
    return kNone;
  }
  const Json& object_;
  Status status_;
};

Result<Scope> readScope(const std::vector<Json>& items) {
  std::vector<ScopeEntry> entries;
  for (const Json& item : items) {
    Members m(item, {"bucket", "prefix", "operations"});
    auto operations = Operations::parse(m.text("operations"));
    if (!operations) return operations.error();
    entries.push_back({m.text("bucket"), m.text("prefix"), *operations});
    if (!m.status()) return m.status().error();
  }
  return Scope::make(std::move(entries));
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
           pair("scope", "[");
    for (const ScopeEntry& e : token.scope.entries()) {
      if (out.back() != '[') out += ',';
      out += "{" + pair("bucket", quoteJson(e.bucket)) + "," + pair("prefix", quoteJson(e.prefix)) + "," +
             pair("operations", quoteJson(e.operations.text())) + "}";
    }
    out += "]";
  }
  out += "," + pair("iat", std::to_string(token.issued)) + "," + pair("exp", std::to_string(token.expires));
  if (token.version == 2) out += "," + pair("nonce", quoteJson("0x" + toHex(token.nonce)));
  return out + "}";
}

Result<Token> readPayloadV1(std::string_view json) {
  auto parsed = readJson(json);
  if (!parsed) return parsed.error();
  Members m(*parsed, {"wallet", "iat", "exp"});
  Token token;
  token.version = 1;
  auto wallet = Address::parseAnyCase(m.text("wallet"));
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
  auto scope = readScope(m.items("scope"));
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
