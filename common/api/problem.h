// An error as doors that speak JSON tell it.
//
// Contract: pure, any thread. httpStatus() is the status of an answer that failed so; problemOf() its body.
#pragma once

#include <algorithm>
#include <string>

#include "common/api/messages.h"
#include "common/base/result.h"

namespace cairn::api {

inline int httpStatus(Errc code) {
  switch (code) {
    case Errc::invalid:
      return 400;
    case Errc::denied:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::unsupported:
      return 405;
    case Errc::already_exists:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::cancelled:
      return 503;
    default:
      return 500;
  }
}

/// Its code is Errc's words as a wire identifier: "not found" becomes "not_found".
inline Problem problemOf(const Error& error) {
  std::string code(toString(error.code));
  std::replace(code.begin(), code.end(), ' ', '_');
  return {std::move(code), error.message};
}

}  // namespace cairn::api
