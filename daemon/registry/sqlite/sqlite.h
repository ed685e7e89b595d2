// The embedded registry: one SQLite file (WAL, synchronous=FULL) that several processes of one machine share.
//
// Contract: openSqlite() creates or migrates the file (several processes may do so at once) and blocks while it does;
// errors: Errc::io or no_space (the file cannot be opened or written), Errc::corrupt (not a registry), and
// Errc::newer_version (migrated by a newer Cairn; nothing was changed), and
// Errc::precondition (moved to a server; see sealed.h). The registry owns its threads: one writes, one
// answers point reads, one scans, one looks for changed identities, one writes what need not be durable (turn hints,
// heartbeats), one checkpoints. Its destructor finishes what was asked for and joins them; coroutines still waiting are
// resumed on their own executors, which therefore must outlive the registry (stop the coroutines, destroy the registry,
// then the io_context). Concurrent writes of one process share a commit and its fsync; processes share the file fairly.
// A write that finds the file locked for `lockPatience` is refused with Errc::unavailable, before anything was written.
// After a failed commit the connection is reopened and the outcome settled by a further durable write; only when that
// fails too is the answer unknown. Format and triggers: docs/formats/registry.md.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daemon/registry/registry.h"

namespace cairn::registry {

struct SqliteOptions {
  std::filesystem::path path;
  std::string vfs;  ///< SQLite's VFS by name, empty for the system's; tests inject faults with it
  std::chrono::milliseconds lockPatience{10000};
};

Result<std::unique_ptr<Registry>> openSqlite(SqliteOptions options);

struct SqliteMigrated {
  int from = 0, to = 0;
};
/// Brings a registry file's schema up to this program's, or up or down to `to`. Blocks. Errc::not_found: no such file.
Result<SqliteMigrated> migrateSqlite(const std::filesystem::path& path, std::optional<int> to);

}  // namespace cairn::registry
