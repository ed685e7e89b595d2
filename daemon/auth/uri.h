// URIs as Signature Version 4 spells them.
//
// Contract: pure, any thread. percentDecode() answers nullopt for a '%' that two hex digits do not follow. Canonical
// forms decode what came and encode it again: every byte but A-Z a-z 0-9 - . _ ~ (and '/' in a path) becomes %XX in
// upper case; nothing is normalised ("//", "." and ".." stay). In a query "+" is a space.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::auth {

std::optional<std::string> percentDecode(std::string_view text, bool plusIsSpace);
void appendUriEncoded(std::string& to, std::string_view text, bool keepSlash);

/// Canonical URI of a raw path; nullopt for bad percent-encoding.
std::optional<std::string> canonicalPath(std::string_view rawPath);

struct QueryParameter {
  std::string_view rawName, rawValue;
  std::string name, value;  ///< decoded
};

/// Splits at '&'; empty pieces are dropped. nullopt for bad percent-encoding.
std::optional<std::vector<QueryParameter>> parseQuery(std::string_view rawQuery);

/// Sorted canonical query without the parameter X-Amz-Signature. `asSent` keeps names and values as they came.
std::string canonicalQuery(const std::vector<QueryParameter>& parameters, bool asSent);

}  // namespace cairn::auth
