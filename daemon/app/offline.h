// Work on a registry from the command line, with or without daemons beside it.
//
// Contract: `file` may be a URL, as in registry.h. withRegistry() opens it (and makes or migrates a file), runs `work`
// to its end on the calling thread, and closes it. Gives the first error. withExistingRegistry() answers
// Errc::not_found where there is no such file. readInput() reads a file, or standard input for "-", without its
// trailing newline; Errc::too_large over `limit` bytes. commandRow() is the audit row of what a command on this machine
// did.
#pragma once

#include <functional>
#include <string>

#include "daemon/app/config.h"
#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"

namespace cairn::app {

Status withRegistry(const std::string& file, const std::function<Task<Status>(registry::Registry&)>& work);
Status withExistingRegistry(const std::string& file, const std::function<Task<Status>(registry::Registry&)>& work);
registry::AuditRow commandRow(const Config& config, std::string action, std::string what);
/// Makes the change together with that row.
Task<Status> act(registry::Registry& registry, const Config& config, registry::Change change, std::string action,
                 std::string what);
Result<std::string> readInput(const std::string& file, std::size_t limit);

}  // namespace cairn::app
