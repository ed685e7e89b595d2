// The JSON in a token; private to token.cpp and its tests.
//
// Contract: pure. tokenPayload() is the one spelling of a version-2 payload, and one of a version-1 payload.
// readPayloadV1() takes what the gateways do that issued such tokens first (functionland/fula-api): any JSON layout,
// the array [wallet, iat, exp] too, any case of the address, with or without 0x, and any other members, which are not
// signed and say nothing. readPayloadV2() takes what tokenPayload() writes and nothing else. Numbers are integers from
// 0 to 2^53 - 1, written as such. Errc::invalid says what is wrong.
#pragma once

#include "common/digest/base64.h"
#include "common/identity/token.h"

namespace cairn::identity {

std::string tokenPayload(const Token& token);
Result<Token> readPayloadV1(std::string_view json);
Result<Token> readPayloadV2(std::string_view json);

}  // namespace cairn::identity
