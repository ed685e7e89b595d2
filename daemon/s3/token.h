// Continuation tokens of ListObjectsV2.
//
// Contract: pure, any thread. A token is opaque to clients and holds the last key or prefix given, so that it needs no
// state on any master: it continues after a restart and on another master, also after the bucket changed. Form, version
// 1: base64url without padding of 0x01, the first 4 bytes of SHA-256 over (0x01, key), key. A token that was cut,
// changed or is of another version is nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cairn::s3 {

std::string continuationToken(std::string_view last);
std::optional<std::string> parseContinuationToken(std::string_view token);

}  // namespace cairn::s3
