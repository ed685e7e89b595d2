#include "daemon/auth/session_state.h"

#include "common/cid/cbor.h"

namespace cairn::auth {
namespace {

Result<std::string> takeText(cbor::Reader& r) {
  auto text = r.text();
  if (!text) return text.error();
  return std::string(*text);
}

Result<std::optional<identity::Scope>> takeScope(cbor::Reader& r) {
  auto type = r.peek();
  if (!type) return type.error();
  if (*type == cbor::Type::null) {
    if (auto s = r.null(); !s) return s.error();
    return std::optional<identity::Scope>();
  }
  auto count = r.array();
  if (!count) return count.error();
  std::vector<identity::ScopeEntry> entries;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto items = r.array();
    auto bucket = takeText(r), prefix = takeText(r), text = takeText(r);
    auto operations = text ? identity::Operations::parse(*text) : Result<identity::Operations>(text.error());
    const bool keysOnly = items && *items == 4;
    auto mark = keysOnly ? takeText(r) : Result<std::string>("keys");
    if (!items || (*items != 3 && !keysOnly) || !bucket || !prefix || !operations || !mark || *mark != "keys")
      return fail(Errc::corrupt, "a session's scope is malformed");
    entries.push_back({std::move(*bucket), std::move(*prefix), *operations, keysOnly});
  }
  auto scope = identity::Scope::make(std::move(entries));
  if (!scope) return scope.error();
  return std::optional<identity::Scope>(std::move(*scope));
}

}  // namespace

// An array: access key id, owner, issued, expires, role, parent key, scope (null or
// [[bucket, prefix, operations]...], where an entry of keys only has a fourth item, "keys").
Bytes encodeSession(const Session& session, std::string_view accessKeyId) {
  Bytes out;
  cbor::Writer w(out);
  w.array(7);
  w.text(accessKeyId);
  w.text(session.owner.get());
  w.integer(session.issued);
  w.integer(session.expires);
  w.text(identity::toText(session.role));
  w.text(session.parentKey);
  if (!session.scope) {
    w.null();
    return out;
  }
  w.array(session.scope->entries().size());
  for (const identity::ScopeEntry& e : session.scope->entries()) {
    w.array(e.keysOnly ? 4 : 3);
    w.text(e.bucket);
    w.text(e.prefix);
    w.text(e.operations.text());
    if (e.keysOnly) w.text("keys");
  }
  return out;
}

Result<DecodedSession> decodeSession(BytesView cbor) {
  cbor::Reader r(cbor);
  auto seven = r.array();
  auto id = takeText(r), owner = takeText(r);
  auto issued = r.integer(), expires = r.integer();
  auto role = takeText(r), parent = takeText(r);
  auto scope = takeScope(r);
  if (!seven || *seven != 7 || !id || !owner || !issued || !expires || !role || !parent || !scope || !r.end() ||
      (*role != "storage" && *role != "operator"))
    return fail(Errc::corrupt, "a session's state is malformed");
  DecodedSession out;
  out.accessKeyId = std::move(*id);
  out.session.owner = OwnerId(std::move(*owner));
  out.session.issued = *issued;
  out.session.expires = *expires;
  out.session.role = *role == "storage" ? identity::TokenRole::storage : identity::TokenRole::operator_;
  out.session.parentKey = std::move(*parent);
  out.session.scope = std::move(*scope);
  return out;
}

}  // namespace cairn::auth
