// Text folded for comparisons that ignore case, by Unicode's full case folding.
//
// Contract: pure, any thread. What is no UTF-8 comes back with replacement characters. A library of its own because Qt
// wants code compiled in another way than the precompiled header is.
#pragma once

#include <string>

namespace cairn::pins {

std::string folded(const std::string& text);

}  // namespace cairn::pins
