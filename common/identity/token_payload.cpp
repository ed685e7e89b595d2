#include "common/identity/token_payload.h"

#include "common/identity/members.h"
#include "common/identity/scope_json.h"

namespace cairn::identity {
namespace {

constexpr std::size_t kMaxFleet = 64;
constexpr int kMaxDepthV1 = 127;  // of a member that nobody looks at

/// What a version-2 payload says, each of the right kind.
struct Fields {
  std::string wallet, fleet, role, nonce;
  std::vector<ScopeEntry> scope;
  std::int64_t issued = 0, expires = 0;
};

/// Takes a text apart from its beginning, as long as it is what it should be.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : rest_(text) {}
  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  /// ASCII up to a quote, nothing escaped.
  template <class Text>
  bool plain(Text& out) {
    std::size_t n = 0;
    for (; n < rest_.size() && rest_[n] != '"'; ++n)
      if (rest_[n] < 0x20 || rest_[n] > 0x7e || rest_[n] == '\\') return false;
    out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return true;
  }
  bool integer(std::int64_t& out) {
    const std::size_t n = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto value = parseDecimal(rest_.substr(0, n));
    if (!value || *value > Members::kMostInteger) return false;
    out = static_cast<std::int64_t>(*value);
    rest_.remove_prefix(n);
    return true;
  }
  bool end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool cutEntry(Cutter& cut, ScopeEntry& out) {
  std::string_view operations;
  if (!cut.literal(R"({"bucket":")") || !cut.plain(out.bucket) || !cut.literal(R"(","prefix":")") ||
      !cut.plain(out.prefix) || !cut.literal(R"(","operations":")") || !cut.plain(operations) || !cut.literal("\"}"))
    return false;
  auto parsed = Operations::parse(operations);
  if (parsed) out.operations = *parsed;
  return parsed.has_value();
}

/// Most payloads, at a quarter of the cost: those that need no escapes. What this does not take may still be good.
std::optional<Fields> cutPlain(std::string_view json) {
  Cutter cut(json);
  Fields f;
  if (!cut.literal(R"({"wallet":")") || !cut.plain(f.wallet) || !cut.literal(R"(","fleet":")") || !cut.plain(f.fleet) ||
      !cut.literal(R"(","role":")") || !cut.plain(f.role) || !cut.literal(R"(","scope":[)"))
    return std::nullopt;
  do {
    if (!cutEntry(cut, f.scope.emplace_back())) return std::nullopt;
  } while (f.scope.size() <= kMaxScopeEntries && cut.literal(","));
  if (!cut.literal(R"(],"iat":)") || !cut.integer(f.issued) || !cut.literal(R"(,"exp":)") || !cut.integer(f.expires) ||
      !cut.literal(R"(,"nonce":")") || !cut.plain(f.nonce) || !cut.literal("\"}") || !cut.end())
    return std::nullopt;
  return f;
}

Result<Fields> readFields(std::string_view json) {
  auto parsed = readJson(json);
  if (!parsed) return parsed.error();
  Members m(*parsed, {"wallet", "fleet", "role", "scope", "iat", "exp", "nonce"});
  Fields f;
  f.wallet = m.text("wallet");
  f.nonce = m.text("nonce");
  f.fleet = m.text("fleet");
  f.role = m.text("role");
  f.issued = m.integer("iat");
  f.expires = m.integer("exp");
  if (!m.status()) return m.status().error();
  auto scope = readScope(m.value("scope"));
  if (!scope) return scope.error();
  f.scope = scope->entries();
  return f;
}

Result<Token> tokenOf(Fields&& f) {
  auto wallet = Address::parseAnyCase(f.wallet);
  if (!wallet) return wallet.error();
  auto nonce = readNonce(f.nonce);
  if (!nonce) return nonce.error();
  if (f.role != "storage" && f.role != "operator")
    return fail(Errc::invalid, "it names a role other than storage and operator");
  if (f.fleet.empty() || f.fleet.size() > kMaxFleet) return fail(Errc::invalid, "it names no fleet");
  auto scope = Scope::make(std::move(f.scope));
  if (!scope) return scope.error();
  Token token;
  token.wallet = *wallet;
  token.fleet = std::move(f.fleet);
  token.role = f.role == "storage" ? TokenRole::storage : TokenRole::operator_;
  token.scope = std::move(*scope);
  token.issued = f.issued;
  token.expires = f.expires;
  token.nonce = *nonce;
  return token;
}

}  // namespace

std::string tokenPayload(const Token& token) {
  std::string out;
  out.reserve(512);
  out.append(R"({"wallet":")").append(token.wallet.lowerCase()).append("\"");
  if (token.version == 2) {
    out.append(R"(,"fleet":)").append(quoteJson(token.fleet));
    out.append(R"(,"role":")").append(toText(token.role)).append(R"(","scope":)").append(scopeJson(token.scope));
  }
  out.append(R"(,"iat":)").append(std::to_string(token.issued));
  out.append(R"(,"exp":)").append(std::to_string(token.expires));
  if (token.version == 2) out.append(R"(,"nonce":"0x)").append(toHex(token.nonce)).append("\"");
  return out += '}';
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
  auto fields = cutPlain(json);
  if (!fields) {
    auto read = readFields(json);
    if (!read) return read.error();
    fields = std::move(*read);
  }
  auto token = tokenOf(std::move(*fields));
  if (token && tokenPayload(*token) != json)
    return fail(Errc::invalid, "it is not spelled as JSON.stringify does with its members in order");
  return token;
}

}  // namespace cairn::identity
