// `cairnd verify-history`: proves buckets' chains of receipts from a registry file or an export, without a daemon.
//
// Contract: reads only. `good` is false when any chain has a forged, missing, doubled or reordered row; the report
// names the first. Keys are those that the registry, or the export, lists; of the registry's the report says which
// admins vouched for each (an export holds no vouchers). With `requireVouched`, `good` is false unless each key that
// signed a receipt in what was verified is vouched for.
#pragma once

#include "daemon/app/status_command.h"

namespace cairn::app {

struct HistoryRequest {
  std::string bucket;  ///< owner/name; empty: all
  std::string registry;
  std::string exportFile, fromFile;
  bool requireVouched = false;  ///< not with fromFile
  bool json = false;
};

Result<Report> verifyHistoryCommand(const HistoryRequest& request);

}  // namespace cairn::app
