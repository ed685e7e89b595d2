#include "common/identity/scope_json.h"

#include "common/identity/members.h"

namespace cairn::identity {

std::string scopeJson(const Scope& scope) {
  std::string out = "[";
  for (const ScopeEntry& e : scope.entries()) {
    if (out.size() > 1) out += ',';
    out.append(R"({"bucket":)").append(quoteJson(e.bucket)).append(R"(,"prefix":)").append(quoteJson(e.prefix));
    out.append(R"(,"operations":")").append(e.operations.text()).append("\"}");
  }
  return out + "]";
}

Result<Scope> readScope(const Json& json) {
  if (json.kind != Json::Kind::array) return fail(Errc::invalid, "a scope is an array of entries");
  std::vector<ScopeEntry> entries;
  for (const Json& item : json.items) {
    Members m(item, {"bucket", "prefix", "operations"});
    auto operations = Operations::parse(m.text("operations"));
    entries.push_back({m.text("bucket"), m.text("prefix"), operations ? *operations : Operations()});
    if (!m.status()) return m.status().error();
    if (!operations) return operations.error();
  }
  return Scope::make(std::move(entries));
}

}  // namespace cairn::identity
