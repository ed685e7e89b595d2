// Turns a request's body as sent into the object's bytes, and proves them.
//
// Contract: construct with Caller::body, feed() every piece of the body in order, finish() once after the last. feed()
// appends to `out` views into the piece it was given (nothing is copied; valid as long as that piece): the object's
// bytes. Nothing may become visible before finish() succeeded: bytes are given out while their hash or chunk signature
// is still being computed, so that memory stays constant. After an error the receiver stays failed and gives the same
// error again. Not for concurrent use. Errors: incomplete_body (ended early, or length differs from
// x-amz-decoded-content-length), invalid_request (framing), signature_does_not_match, content_sha256_mismatch,
// malformed_trailer.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "daemon/auth/body_plan.h"
#include "daemon/auth/chunked_decoder.h"
#include "daemon/auth/failure.h"
#include "daemon/auth/payload_verifier.h"

namespace cairn::auth {

class BodyReceiver {
 public:
  explicit BodyReceiver(const BodyPlan& plan);
  AuthStatus feed(BytesView piece, std::vector<BytesView>& out);
  /// The trailers: lower-case name to value, such as x-amz-checksum-crc32c. Empty outside trailer modes.
  AuthResult<Trailers> finish();

 private:
  std::variant<std::monostate, PayloadVerifier, ChunkedDecoder> way_;
};

}  // namespace cairn::auth
