// The production registry: PostgreSQL 15 or newer, through libpq.
//
// Contract: openPostgres() connects once, blocking at most about `patience`, and refuses a database whose schema is
// missing or older (Errc::precondition, says to run `cairnd migrate`) or newer (Errc::newer_version) than this
// program's. Errors name host, port and database, never a password. The registry owns one thread, on which all its
// connections live: a few for flips, one for reads of root pointers, the others for everything else. Its destructor
// answers what is asked and joins; coroutines still waiting are resumed on their own executors, which therefore must
// outlive it.
//
// What a lost connection means: a flip that was sent is FlipStatus::unknown; a change about identities whose commit was
// sent is Errc::unknown_outcome; all else is Errc::unavailable and may be asked again (the other changes may be made
// twice without harm). So is what finds no connection within `patience`. Every statement but a flip is ended by the
// server after `statementTimeout`; a flip is never cancelled. A WARNING with a flip's answer (a cancelled wait for the
// synchronous standby) makes it unknown, too. Schema and locks: docs/formats/registry.md, decisions 0020 to 0022.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daemon/registry/registry.h"

namespace cairn::registry {

struct PostgresOptions {
  std::string url;  ///< a connection string as libpq takes it; may hold a password
  std::size_t flipSessions = 4;
  std::chrono::milliseconds patience{5000};
  std::chrono::milliseconds statementTimeout{15000};
};

Result<std::unique_ptr<Registry>> openPostgres(PostgresOptions options);

struct PostgresUrl {
  bool hasPassword = false;
};
/// What is wrong with a connection string, without its password, or what libpq makes of it.
Result<PostgresUrl> checkPostgresUrl(const std::string& url);

struct Migrated {
  int from = 0, to = 0;
  std::size_t foreignRoots = 0;  ///< root pointers that were there without a history row of ours
  std::size_t unreadable = 0;    ///< of those; they are listed and never overwritten
};
/// Brings the schema up to `to` (a negative number: this program's newest), or down to it. Blocks. Safe beside others
/// that do the same.
Result<Migrated> migratePostgres(const std::string& url, int to = -1);

}  // namespace cairn::registry
