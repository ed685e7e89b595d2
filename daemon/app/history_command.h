// `cairnd verify-history`: proves buckets' chains of receipts from a registry file or an export, without a daemon.
//
// Contract: reads only. `good` is false when any chain has a forged, missing, doubled or reordered row; the report
// names the first. Keys are those that the registry, or the export, lists.
#pragma once

#include "daemon/app/status_command.h"

namespace cairn::app {

struct HistoryRequest {
  std::string bucket;  ///< owner/name; empty: all
  std::string registry;
  std::string exportFile, fromFile;
  bool json = false;
};

Result<Report> verifyHistoryCommand(const HistoryRequest& request);

}  // namespace cairn::app
