// RFC 4648 base64 (padded, for Content-MD5 and x-amz-checksum-*) and base64url (unpadded, for JWT).
//
// Contract: pure, any thread. Decoding is strict: nullopt for characters outside the alphabet, wrong or missing padding
// (any padding in base64url), an impossible length, and trailing bits that are not zero: each value has one spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace cairn {

std::string base64(BytesView data);
std::optional<Bytes> fromBase64(std::string_view text);
std::string base64Url(BytesView data);
std::optional<Bytes> fromBase64Url(std::string_view text);

}  // namespace cairn
