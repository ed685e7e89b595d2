// URIs as Signature Version 4 spells them.
//
// Contract: pure, any thread. Canonical forms decode what came and encode it again (common/base/url.h, the same reader
// as the doors'); nothing is normalised ("//", "." and ".." stay). In a query "+" is a space.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/url.h"

namespace cairn::auth {

/// Canonical URI of a raw path; nullopt for bad percent-encoding.
std::optional<std::string> canonicalPath(std::string_view rawPath);

/// Sorted canonical query without the parameter X-Amz-Signature. `asSent` keeps names and values as they came.
std::string canonicalQuery(const std::vector<QueryPair>& parameters, bool asSent);

}  // namespace cairn::auth
