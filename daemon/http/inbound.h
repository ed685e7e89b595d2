// The receiving half of a connection: a buffer, heads, and the body that is on the wire now. Internal to daemon/http.
//
// Contract: used by one coroutine at a time. After readHead() and beginBody() the body is read to its end (or
// discarded) before the next head; bytes that came too early (pipelining) wait in the buffer. Small bodies are views
// into that buffer; large ones are received into a big buffer or straight into the caller's memory. Errors as in
// daemon/http/body.h.
#pragma once

#include <memory>
#include <optional>

#include "daemon/http/chunk.h"
#include "daemon/http/parser.h"
#include "daemon/http/transport.h"

namespace cairn::http {

/// 256 KiB, kept for reuse when freed: bodies would otherwise map and unmap memory for every request.
class BigBuffer {
 public:
  static constexpr std::size_t kSize = 256 * 1024;
  BigBuffer();
  ~BigBuffer();
  BigBuffer(BigBuffer&&) = delete;
  std::span<std::uint8_t> span() { return {memory_.get(), kSize}; }

 private:
  std::unique_ptr<std::uint8_t[]> memory_;
};

class Inbound {
 public:
  explicit Inbound(Transport& transport);

  /// Up to and with the empty line; valid until the next call. Empty: the peer closed in between messages. `idleUntil`
  /// holds until a first byte is there, `headTime` from then on. Errors: too_large (over `limit`), invalid (closed in
  /// the middle), timeout, cancelled, io.
  Task<Result<std::string_view>> readHead(std::size_t limit, Micros idleUntil, std::chrono::microseconds headTime);
  /// No byte of a next head is there yet.
  bool betweenMessages() const { return waitingForFirst_; }

  void beginBody(const Framing& framing, std::uint64_t limit, Pace pace);
  Task<Result<BytesView>> read(std::size_t atMost);
  Task<Result<std::size_t>> readInto(std::span<std::uint8_t> into);
  /// Reads the rest of the body as far as it has `atMost` bytes; true when it ended.
  Task<bool> discard(std::uint64_t atMost);

  bool bodyDone() const;
  bool bodyFailed() const { return failed_.has_value(); }
  /// Of the body, as far as known; nullopt for a chunked or unbounded one.
  std::optional<std::uint64_t> bodyLeft() const;
  std::size_t buffered() const { return end_ - at_; }

 private:
  Task<Status> fill();
  Task<Status> prepare();
  Task<Status> chunkFraming();
  Task<Result<std::size_t>> receive(std::span<std::uint8_t> into);
  std::uint64_t available() const;
  void took(std::uint64_t n);
  Error failure(Error e);
  Error truncated(const Error* why);
  void makeRoom(std::size_t limit);
  void skipEmptyLines();

  Transport& transport_;
  Bytes buffer_;
  std::size_t at_ = 0, end_ = 0;
  bool waitingForFirst_ = true;
  std::unique_ptr<BigBuffer> big_;

  Framing framing_;
  ChunkDecoder chunks_;
  std::uint64_t left_ = 0, received_ = 0, limit_ = 0;
  bool closedByPeer_ = false;
  Pace pace_;
  std::optional<Error> failed_;
};

}  // namespace cairn::http
