// `cairnd registry reconcile`: finds buckets whose history was split, and merges the lines.
//
// Contract: as in commands.h. Registries are only read (both must be of this program's schema); what is merged is
// merged by a running master, through its S3 door, with the owner's credentials: the other fleet's bucket is exported
// from its API door, imported beside ours, and merged from there (docs/decisions/0035-reconciling.md). Each bucket is
// whole by itself: after a failure the command may be run again. Exit codes: 0 nothing is split, or all was merged; 1
// something could not be; 2 usage; 3 --dry-run found something.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cairn::app {

void addReconcileCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
