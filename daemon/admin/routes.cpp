#include "daemon/admin/routes.h"

#include <optional>

#include "common/base/url.h"

namespace cairn::admin {
namespace {

constexpr Route table[] = {
    {"/health", Page::health},
    {"/healthz/ready", Page::ready},
    {"/metrics", Page::metrics},
    {"/admin/v1/fleet", Page::fleet},
    {"/admin/v1/masters", Page::masters},
    {"/admin/v1/buckets", Page::buckets},
    {"/admin/v1/buckets/{owner}/{name}", Page::bucket},
    {"/admin/v1/buckets/{owner}/{name}/history", Page::history},
    {"/admin/v1/buckets/{owner}/{name}/state", Page::state},
    {"/admin/v1/buckets/{owner}/{name}/diff", Page::diff},
    {"/admin/v1/races", Page::races},
    {"/admin/v1/events", Page::events},
    {"/admin/v1/chain", Page::chain},
    {"/admin/v1/operators", Page::operators},
    {"/admin/v1/audit", Page::audit},
    {"/admin/v1/actions", Page::actions},
};

std::string_view takeSegment(std::string_view& rest) {
  const auto slash = rest.find('/', 1);
  const auto segment = rest.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  return segment;
}

/// nullopt: this route is another's.
Result<std::optional<Match>> matchOne(const Route& route, std::string_view path) {
  Match found{route.page, {}};
  std::string_view wanted = route.path;
  while (!wanted.empty() && !path.empty()) {
    const auto want = takeSegment(wanted), have = takeSegment(path);
    if (!want.starts_with('{')) {
      if (want != have) return std::nullopt;
      continue;
    }
    if (have.empty()) return std::nullopt;
    auto decoded = percentDecode(have);
    if (!decoded) return decoded.error();
    found.parameters.push_back(std::move(*decoded));
  }
  if (!wanted.empty() || !path.empty()) return std::nullopt;
  return found;
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

bool serves(std::string_view path) {
  return path.starts_with("/admin/") || path == "/health" || path.starts_with("/healthz/") || path == "/metrics";
}

Result<Match> match(std::string_view path) {
  if (!path.starts_with('/')) return fail(Errc::not_found, "no such page");
  for (const Route& route : table) {
    auto found = matchOne(route, path);
    if (!found) return found.error();
    if (*found) return std::move(**found);
  }
  return noSuchPage(path);
}

Error noSuchPage(std::string_view path) {
  return fail(Errc::not_found, "no such page: " + std::string(path));
}

}  // namespace cairn::admin
