// The query string of an admin request, read strictly.
//
// Contract: values; parse() keeps decoded pairs, the first of a name counts, names that nobody asks for are ignored.
// Errors are Errc::invalid and name the parameter.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace cairn::admin {

class Query {
 public:
  static Result<Query> parse(std::string_view rawQuery);
  std::optional<std::string> text(std::string_view name) const;
  /// `otherwise` when absent; Errc::invalid when no whole number within [least, most].
  Result<std::uint64_t> number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                               std::uint64_t most) const;
  /// "1" and "true" are true, "0", "false" and absence false.
  Result<bool> flag(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> pairs_;
};

/// Decimal digits only.
std::optional<std::uint64_t> parseNumber(std::string_view text);

}  // namespace cairn::admin
