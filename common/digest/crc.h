// The three CRCs of x-amz-checksum-*, all reflected, with initial value and final xor of all ones.
//
// Contract: pure, any thread. crc*() continue from a previous result (0 to start), like zlib's crc32(). combineCrc()
// gives the CRC of A followed by B from both CRCs and B's length in O(log length). Check values of "123456789":
// CBF43926, E3069283, AE8B14860A799888.
#pragma once

#include <cstdint>

#include "common/base/bytes.h"

namespace cairn {

std::uint32_t crc32(std::uint32_t crc, BytesView data);
std::uint32_t crc32c(std::uint32_t crc, BytesView data);
/// crc32c() without special instructions, for processors that lack them.
std::uint32_t crc32cPortable(std::uint32_t crc, BytesView data);
std::uint64_t crc64nvme(std::uint64_t crc, BytesView data);

std::uint32_t combineCrc32(std::uint32_t a, std::uint32_t b, std::uint64_t lengthOfB);
std::uint32_t combineCrc32c(std::uint32_t a, std::uint32_t b, std::uint64_t lengthOfB);
std::uint64_t combineCrc64nvme(std::uint64_t a, std::uint64_t b, std::uint64_t lengthOfB);

}  // namespace cairn
