// `cairnd import`: all contents of a bucket from a CAR, to a running master.
//
// Contract: as in commands.h. importBucket() streams the file at constant memory; the master verifies it. Errors:
// those of authorize(); io for the file; corrupt, denied, invalid, already_exists and unavailable as the master
// answers. Whatever it was, the import may be run again.
#pragma once

#include "daemon/app/caller_options.h"

namespace CLI {
class App;
}

namespace cairn::app {

struct ImportRequest {
  std::string bucket, s3, car;  ///< car: a file, or "-"
  std::string merge;            ///< "keep", "replace", or empty
  CallerOptions as;
  std::string owner;  ///< if given, the bucket's is to be just this one
};

struct ImportDone {
  std::string root;  ///< contents root of the CAR; empty for an empty bucket
  std::uint64_t keys = 0, blocks = 0, bytes = 0, added = 0, same = 0, replaced = 0, kept = 0;
  std::vector<std::string> keptKeys;  ///< the first of them
};

Result<ImportDone> importBucket(const ImportRequest& request);

void addImportCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
