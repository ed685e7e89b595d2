#include "daemon/http/chunk.h"

namespace cairn::http {
namespace {

constexpr std::size_t kMaxSkipped = 8192;

int hexDigit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool control(std::uint8_t c) {
  return (c < 0x20 && c != '\t') || c == 0x7f;
}

Error malformed(const char* what) {
  return fail(Errc::invalid, std::string("malformed chunked body: ") + what);
}

}  // namespace

Result<std::size_t> ChunkDecoder::framing(BytesView in) {
  std::size_t n = 0;
  while (n < in.size() && left_ == 0 && state_ != State::done)
    if (Status s = step(in[n++]); !s) return s.error();
  return n;
}

void ChunkDecoder::took(std::uint64_t n) {
  CAIRN_ASSERT(n <= left_);
  left_ -= n;
}

Status ChunkDecoder::sizeByte(std::uint8_t c) {
  if (int digit = hexDigit(c); digit >= 0) {
    if (++digits_ > 16) return malformed("chunk size is too long");
    size_ = size_ << 4 | static_cast<unsigned>(digit);
    return {};
  }
  if (digits_ == 0) return malformed("chunk size is missing");
  if (c == ';') {
    state_ = State::extension;
  } else if (c == '\r') {
    state_ = State::sizeLf;
  } else {
    return malformed("chunk size is not a hexadecimal number");
  }
  return {};
}

void ChunkDecoder::sizeLineEnded() {
  left_ = size_;
  state_ = size_ == 0 ? State::trailerStart : State::dataCr;
  if (size_ == 0) skipped_ = 0;
  size_ = 0;
  digits_ = 0;
}

Status ChunkDecoder::step(std::uint8_t c) {
  auto newline = [&](State next, const char* what) -> Status {
    if (c != '\n') return malformed(what);
    state_ = next;
    return {};
  };
  auto skip = [&](State lf) -> Status {
    if (c == '\r') {
      state_ = lf;
    } else if (control(c)) {
      return malformed("control character in an extension or trailer");
    } else if (++skipped_ > kMaxSkipped) {
      return malformed("extensions or trailers are too long");
    }
    return {};
  };
  switch (state_) {
    case State::size:
      return sizeByte(c);
    case State::extension:
      return skip(State::sizeLf);
    case State::sizeLf:
      if (c != '\n') return malformed("chunk size line does not end with CRLF");
      sizeLineEnded();
      return {};
    case State::dataCr:
      if (c != '\r') return malformed("chunk is longer than its size");
      state_ = State::dataLf;
      return {};
    case State::dataLf:
      return newline(State::size, "chunk does not end with CRLF");
    case State::trailerStart:
      if (c == '\r') {
        state_ = State::endLf;
        return {};
      }
      state_ = State::trailer;
      return skip(State::trailerLf);
    case State::trailer:
      return skip(State::trailerLf);
    case State::trailerLf:
      return newline(State::trailerStart, "trailer does not end with CRLF");
    case State::endLf:
      return newline(State::done, "body does not end with CRLF");
    case State::done:
      break;
  }
  return {};
}

}  // namespace cairn::http
