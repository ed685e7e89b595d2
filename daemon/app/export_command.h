// `cairnd export`: all contents of a bucket as a CAR file, from a running master.
//
// Contract: as in commands.h. exportBucket() verifies every block on its way; the file stands under its name only when
// it is whole. Errors: unavailable, denied, not_found; corrupt for bytes that are not what they should be, and for an
// answer that was cut off.
#pragma once

#include <string>

#include "daemon/app/caller_options.h"

namespace CLI {
class App;
}

namespace cairn::app {

struct ExportRequest {
  std::string bucket, api, car;  ///< car: a file, or "-"
  CallerOptions as;
};

struct Exported {
  std::string root;  ///< contents root; empty for an empty bucket
  std::uint64_t blocks = 0, bytes = 0;
};

Result<Exported> exportBucket(const ExportRequest& request);

void addExportCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
