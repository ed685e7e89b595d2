// The grant that a request carries, as the header or the query parameter x-cairn-grant.
//
// Contract: internal to daemon/auth; thread-safe, no I/O. takeGrant() turns a caller who is proved (or anonymous) into
// one who acts for the grantor, as authenticator.h says; without a grant he stays who he is. A query parameter counts
// when its name is spelled so, without percent-encoding. Errors as Grants::verify(); invalid_request for two grants,
// access_denied for another grantee.
#pragma once

#include <vector>

#include "daemon/auth/authenticator.h"
#include "daemon/auth/uri.h"

namespace cairn::auth {

inline constexpr std::string_view kGrantName = "x-cairn-grant";

AuthStatus takeGrant(Grants& grants, const RequestView& request, const std::vector<QueryPair>& query, Timestamp now,
                     Caller& caller);

}  // namespace cairn::auth
