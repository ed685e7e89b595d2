#include "common/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace cairn {

std::string_view toString(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not found";
    case Errc::already_exists:
      return "already exists";
    case Errc::precondition:
      return "precondition failed";
    case Errc::denied:
      return "denied";
    case Errc::corrupt:
      return "corrupt";
    case Errc::newer_version:
      return "newer version";
    case Errc::too_large:
      return "too large";
    case Errc::no_space:
      return "no space";
    case Errc::io:
      return "i/o error";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::conflict:
      return "conflict";
    case Errc::fenced:
      return "fenced";
    case Errc::unknown_outcome:
      return "unknown outcome";
    case Errc::cancelled:
      return "cancelled";
    case Errc::unsupported:
      return "unsupported";
    case Errc::internal:
      return "internal error";
  }
  return "internal error";
}

void assertFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "cairn: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace cairn
