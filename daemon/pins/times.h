// Times as the pinning service writes them: RFC 3339, section 5.6.
//
// Contract: pure, any thread. timeText() gives UTC to the millisecond. parseTime() takes any offset and any number of
// digits below the second, which are cut off below the millisecond: `rounded` says that something was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"

namespace cairn::pins {

std::string timeText(Timestamp time);

struct ParsedTime {
  Timestamp time;
  bool rounded = false;
};
std::optional<ParsedTime> parseTime(std::string_view text);

}  // namespace cairn::pins
