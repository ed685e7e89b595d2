// A scope in JSON, as it stands in tokens, in the registry and in what commands take:
// [{"bucket","prefix","operations"}].
//
// Contract: pure, any thread. scopeJson() is spelled as JSON.stringify does. readScope() takes exactly these members;
// Errc::invalid says what is wrong.
#pragma once

#include "common/base/json.h"
#include "common/identity/scope.h"

namespace cairn::identity {

std::string scopeJson(const Scope& scope);
Result<Scope> readScope(const Json& json);

}  // namespace cairn::identity
