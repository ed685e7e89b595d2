// Moves a registry from its file to a PostgreSQL database while masters serve from the file.
//
// Contract: moveRegistry() blocks until the database has everything and the file is sealed, or says why not. The file's
// masters read and write meanwhile; only the last look stops writes, for as long as it takes to copy what came since
// the look before and the small tables. From the seal on they answer with Errc::unavailable and name the database,
// until they are started with a configuration that names it. Every copied row is compared by a hash that the server
// makes of what it has. In this order, so that no acknowledged change is lost and at no moment both are live: the rows
// are in the database, unseen behind the mark `moving_in`, under which no master opens it; the file is sealed; the mark
// is gone. After any failure the same call goes on where it stood. Errc::precondition: the database has another
// registry's rows, or is this very registry already. Errors and progress never hold a password.
//
// abandonMove() opens the sealed file again, where the database certainly never became live. docs/decisions/0041.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "common/base/result.h"

namespace cairn::registry {

struct Moved {
  std::uint64_t rows = 0, buckets = 0;
  std::uint64_t pausedMilliseconds = 0;  ///< how long writes waited
  bool before = false;                   ///< an earlier call had done it
};

/// Called with what is being done, for people.
using MoveProgress = std::function<void(const std::string&)>;

Result<Moved> moveRegistry(const std::filesystem::path& file, const std::string& url, const MoveProgress& progress);
/// Errc::precondition: the database is live, or the file was not sealed.
Status abandonMove(const std::filesystem::path& file, const std::string& url);

}  // namespace cairn::registry
