// BLAKE3, unkeyed, 32-byte output: https://github.com/BLAKE3-team/BLAKE3-specs
//
// Contract: pure function, any thread. Portable C++, proved by the official test vectors; used to verify blocks that
// others hashed so, not on the write path.
#pragma once

#include <array>

#include "common/base/bytes.h"

namespace cairn {

std::array<std::uint8_t, 32> blake3(BytesView data);

}  // namespace cairn
