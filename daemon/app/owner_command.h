// `cairnd bucket restore`, `bucket undo`, `bucket reconcile` and `conflicts adopt`: a bucket's owner brings back what
// it had.
//
// Contract: as in commands.h. Each is one request of a master's S3 door with the owner's credentials
// (docs/formats/moment.md).
#pragma once

#include <string>
#include <vector>

#include "daemon/app/status_command.h"

namespace CLI {
class App;
}

namespace cairn::app {

struct OwnerRequest {
  std::string s3, bucket;             ///< the bucket's name, of the credentials' owner
  std::string tokenFile;              ///< bearer
  std::string accessKey, secretFile;  ///< or SigV4
  std::vector<std::pair<std::string, std::string>> query;
  bool json = false;
  std::string owner;  ///< if given, the bucket's is to be just this one
};
Result<Report> bringBackCommand(const OwnerRequest& request);

void addRestore(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode);
void addReconcile(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode);
void addUndo(CLI::App& bucket, const std::string& file, const bool& json, int& exitCode);
void addAdopt(CLI::App& conflicts, const std::string& file, const bool& json, int& exitCode);

}  // namespace cairn::app
