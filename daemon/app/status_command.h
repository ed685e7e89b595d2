// `cairnd status`: what a running master says of itself and its fleet.
//
// Contract: asks one API door over HTTP; the report is for people, or one JSON object with --json. `good` is false when
// the master is not ready to write. Errors say how to find the master.
#pragma once

#include <string>

#include "common/base/result.h"

namespace cairn::app {

struct Report {
  std::string text;
  bool good = true;
};

/// `tokenFile`: of an operator's token, where the door asks for one; as in api_call.h.
Result<Report> statusOf(const std::string& api, const std::string& tokenFile, bool json);

}  // namespace cairn::app
