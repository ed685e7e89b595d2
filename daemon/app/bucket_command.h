// `cairnd bucket history|show|diff`: what a bucket was, asked of a running master.
//
// Contract: as in commands.h. Each command makes one request of the admin API (docs/openapi.yaml) and shows one page of
// the answer, with what to add for the next; as JSON it is the answer itself. `bucket` is owner/name.
#pragma once

#include <string>

#include "daemon/app/status_command.h"

namespace CLI {
class App;
}

namespace cairn::app {

struct BucketRequest {
  std::string bucket, api, tokenFile;
  std::string at, from, to;  ///< moments; of history versions
  std::string prefix, delimiter, after;
  std::uint64_t limit = 0;  ///< 0: the command's own
  bool json = false;
};

Result<Report> bucketHistoryCommand(const BucketRequest& request);
Result<Report> bucketShowCommand(const BucketRequest& request);
Result<Report> bucketDiffCommand(const BucketRequest& request);

void addBucketCommands(CLI::App& cli, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
