// Which engine a registry has, by where it is.
//
// Contract: `where` is the path of a registry file (SQLite), or a URL "postgresql://..." or "postgres://..."; it may
// hold a password, which no error or log shows. openRegistry() makes or migrates a file as needed, and says so to run
// `cairnd migrate` where a PostgreSQL database is not of this program's schema. Blocks; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/registry/registry.h"

namespace cairn::app {

bool isPostgres(const std::string& where);
/// Errc::not_found for a file that is not there.
Status registryExists(const std::string& where);
Result<std::unique_ptr<registry::Registry>> openRegistry(const std::string& where);
/// Brings the schema up to this program's, or to `to`; gives what was done, for people.
Result<std::string> migrateRegistry(const std::string& where, std::optional<int> to);

}  // namespace cairn::app
