// Multibase (https://github.com/multiformats/multibase): one character that names a base, then the bytes in it.
//
// Contract: pure, any thread. decodeMultibase() reads the bases in which CIDs are met: base16, base32, base36,
// base58btc and base64 (unpadded, and in each case variant that has its own prefix). nullopt for an unknown prefix, a
// character outside the alphabet, or bits left over that are not zero. Input is at most kMaxMultibaseText characters
// long, for base36 and base58 take time in the square of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace cairn {

inline constexpr std::size_t kMaxMultibaseText = 512;

std::optional<Bytes> decodeMultibase(std::string_view text);
/// "b" and RFC 4648 base32 in lower case without padding.
std::string encodeBase32(BytesView bytes);

}  // namespace cairn
