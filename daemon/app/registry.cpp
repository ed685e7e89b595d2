#include "daemon/app/registry.h"

#include <filesystem>

#include "daemon/registry/postgres/postgres.h"
#include "daemon/registry/sqlite/sqlite.h"

namespace cairn::app {
namespace {

std::string report(int from, int to) {
  if (from == to) return "the registry's schema is at version " + std::to_string(to) + " already\n";
  return "the registry's schema went from version " + std::to_string(from) + " to " + std::to_string(to) + "\n";
}

}  // namespace

bool isPostgres(const std::string& where) {
  return where.starts_with("postgresql://") || where.starts_with("postgres://");
}

Status registryExists(const std::string& where) {
  std::error_code ignored;
  if (isPostgres(where) || std::filesystem::exists(where, ignored)) return {};
  return fail(Errc::not_found, "there is no registry file " + where);
}

Result<std::unique_ptr<registry::Registry>> openRegistry(const std::string& where) {
  if (!isPostgres(where)) return registry::openSqlite({where, {}, std::chrono::seconds(10)});
  registry::PostgresOptions options;
  options.url = where;
  return registry::openPostgres(std::move(options));
}

Result<std::string> migrateRegistry(const std::string& where, std::optional<int> to) {
  if (!isPostgres(where)) {
    auto done = registry::migrateSqlite(where, to);
    if (!done) return done.error();
    return report(done->from, done->to);
  }
  auto done = registry::migratePostgres(where, to.value_or(-1));
  if (!done) return done.error();
  std::string text = report(done->from, done->to);
  if (done->foreignRoots > 0)
    text += std::to_string(done->foreignRoots) + " buckets of another gateway are there; " +
            std::to_string(done->unreadable) + " of them have roots that Cairn cannot read and will never overwrite\n";
  return text;
}

}  // namespace cairn::app
