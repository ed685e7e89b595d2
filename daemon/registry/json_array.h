// JSON arrays of strings, as the columns `holders` and `keys` have them.
//
// Contract: pure. parseJsonArray() reads what jsonArray() writes; what is not an array of strings gives an empty list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"

namespace cairn::registry {

std::string jsonArray(const std::vector<std::string>& items);
std::string jsonArray(const std::vector<MasterId>& items);
std::vector<std::string> parseJsonArray(std::string_view text);

}  // namespace cairn::registry
