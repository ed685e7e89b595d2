#include "daemon/auth/grant_claim.h"

#include "common/base/text.h"

namespace cairn::auth {
namespace {

AuthResult<std::optional<std::string_view>> claimed(const RequestView& request, const std::vector<QueryPair>& query) {
  std::optional<std::string_view> text;
  const auto twice = [&text](std::string_view value) { return std::exchange(text, value).has_value(); };
  bool more = false;
  for (const HeaderView& h : request.headers)
    if (sameIgnoringCase(h.name, kGrantName)) more = twice(trim(h.value)) || more;
  for (const QueryPair& p : query)
    if (p.rawName == kGrantName) more = twice(p.value) || more;
  if (more) return refuse(AuthFailure::invalid_request, "A request carries one grant: as a header or in the query.");
  return text;
}

}  // namespace

AuthStatus takeGrant(Grants& grants, const RequestView& request, const std::vector<QueryPair>& query, Timestamp now,
                     Caller& caller) {
  const auto text = claimed(request, query);
  if (!text) return text.error();
  if (!*text) return {};
  auto grant = grants.verify(**text, now);
  if (!grant) return grant.error();
  auto scope = (*grant)->scope;
  if ((*grant)->grantee) {
    if (caller.anonymous || caller.owner != *(*grant)->grantee)
      return refuse(AuthFailure::access_denied,
                    "The grant is for a wallet that this request is not signed by; send its credentials, too.");
    if (caller.scope) {
      auto both = identity::intersection(*scope, *caller.scope);
      if (!both) return refuse(AuthFailure::access_denied, "The grant and the credentials allow nothing together.");
      scope = std::make_shared<identity::Scope>(std::move(*both));
    }
  }
  caller.scope = std::move(scope);
  caller.owner = (*grant)->grantor;
  caller.linked = std::exchange(caller.anonymous, false);
  caller.grant = std::move(*grant);
  return {};
}

}  // namespace cairn::auth
