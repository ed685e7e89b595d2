#include "daemon/admin/query.h"

#include <charconv>

#include "common/base/url.h"

namespace cairn::admin {

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return n;
}

Result<Query> Query::parse(std::string_view rawQuery) {
  auto pairs = parseQuery(rawQuery);
  if (!pairs) return pairs.error();
  Query query;
  for (auto& pair : *pairs) query.pairs_.try_emplace(std::move(pair.name), std::move(pair.value));
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = pairs_.find(name);
  if (found == pairs_.end()) return std::nullopt;
  return found->second;
}

Result<std::uint64_t> Query::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                    std::uint64_t most) const {
  const auto found = pairs_.find(name);
  if (found == pairs_.end()) return otherwise;
  const auto n = parseNumber(found->second);
  if (!n || *n < least || *n > most)
    return fail(Errc::invalid, "parameter " + std::string(name) + " is not a whole number from " +
                                   std::to_string(least) + " to " + std::to_string(most));
  return *n;
}

Result<bool> Query::flag(std::string_view name) const {
  const auto value = text(name).value_or("0");
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  return fail(Errc::invalid, "parameter " + std::string(name) + " is neither 1 nor 0");
}

}  // namespace cairn::admin
