// Heads of requests and responses, from bytes to values. Internal to daemon/http; Beast does the syntax.
//
// Contract: pure functions. A head is everything up to and including the empty line. What could be read in two ways by
// two programs in a row (request smuggling, RFC 9112 11.2) is refused and never repaired: Transfer-Encoding with
// Content-Length, either of them twice, a transfer coding other than "chunked", folded lines, bare CR or LF, spaces
// around names, a missing or doubled Host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/http/message.h"

namespace cairn::http {

struct Framing {
  enum class Body { none, length, chunked, untilClose };
  Body body = Body::none;
  std::uint64_t length = 0;  ///< for Body::length
  bool keepAlive = true;
  bool expectContinue = false;
};

/// Why a request is refused: the answer's status and a sentence for its body.
struct Refusal {
  int status = 400;
  std::string reason;
};

std::optional<Refusal> parseRequestHead(std::string_view head, std::size_t maxFields, Request& out, Framing& framing);

/// `forHead`: the answer to a HEAD request has no body whatever its fields say. Errors: invalid.
Status parseResponseHead(std::string_view head, bool forHead, ResponseHead& out, Framing& framing);

/// What may be sent as a field (RFC 9110 5.5): the name a token, the value without control characters.
bool validFieldName(std::string_view name);
bool validFieldValue(std::string_view value);

}  // namespace cairn::http
