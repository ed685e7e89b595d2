// The framing of a chunked body (RFC 9112 7.1). Internal to daemon/http.
//
// Contract: pure and strict: sizes are 1 to 16 hexadecimal digits, lines end with CRLF, an extension is skipped if it
// has no control characters, trailer fields are skipped and bounded. A lone LF, a space before the CRLF, a sign or "0x"
// are Errc::invalid: two readers could understand them differently. Usage: while dataLeft() is 0 and not done(), feed
// framing bytes to framing(); else the next dataLeft() bytes of the stream are payload, which the caller takes and
// reports by took().
#pragma once

#include <cstdint>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace cairn::http {

class ChunkDecoder {
 public:
  /// Consumes framing bytes from the front of `in` and returns how many; stops where payload begins and at the end.
  Result<std::size_t> framing(BytesView in);
  std::uint64_t dataLeft() const { return left_; }
  void took(std::uint64_t n);
  bool done() const { return state_ == State::done; }

 private:
  enum class State { size, extension, sizeLf, dataCr, dataLf, trailerStart, trailer, trailerLf, endLf, done };
  Status step(std::uint8_t c);
  Status sizeByte(std::uint8_t c);
  void sizeLineEnded();

  State state_ = State::size;
  std::uint64_t left_ = 0;
  std::uint64_t size_ = 0;
  unsigned digits_ = 0;
  std::size_t skipped_ = 0;  ///< bytes of extensions since the last payload, or of trailers
};

}  // namespace cairn::http
