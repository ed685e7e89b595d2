// Bodies as streams, and the answer to a request.
//
// Contract: one coroutine at a time uses a BodyReader or ResponseWriter, from the executor on which it was handed over;
// they are borrowed and end with the handler (or with the response that owns them). Memory stays constant whatever the
// body's size. Errors of reading: Errc::invalid (the body ended early or its chunk framing is malformed), too_large
// (over the limit), timeout (the peer sends too slowly), cancelled; after an error every further call gives the same
// one.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "daemon/http/message.h"
#include "daemon/rt/async.h"

namespace cairn::http {

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Up to `atMost` (> 0) bytes, valid until the next call; an empty view is the end.
  virtual Task<Result<BytesView>> read(std::size_t atMost = std::numeric_limits<std::size_t>::max()) = 0;
  /// Reads some bytes straight into `into` (not empty); 0 is the end. The fastest way for large bodies.
  virtual Task<Result<std::size_t>> readInto(std::span<std::uint8_t> into) = 0;
  /// The whole body's size if it was announced; nullopt for a chunked one.
  virtual std::optional<std::uint64_t> length() const = 0;
};

/// The rest of the body; too_large when it has more than `limit` bytes.
Task<Result<Bytes>> readAll(BodyReader& body, std::size_t limit);
/// Fills `into` as far as the body goes; gives how much that was.
Task<Result<std::size_t>> readFull(BodyReader& body, std::span<std::uint8_t> into);

/// A body that is in memory already, for doors' tests and for replays.
class BytesBody final : public BodyReader {
 public:
  explicit BytesBody(Bytes bytes) : bytes_(std::move(bytes)) {}
  Task<Result<BytesView>> read(std::size_t atMost) override;
  Task<Result<std::size_t>> readInto(std::span<std::uint8_t> into) override;
  std::optional<std::uint64_t> length() const override { return bytes_.size(); }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

/// Either send() once, or start(), any number of writes, finish(). The server adds Date (unless set), Content-Length or
/// Transfer-Encoding, and Connection; it drops such fields from `head`, except that a HEAD request's or a 304's
/// Content-Length is kept. Bodies of answers that must have none (HEAD, 204, 304) are counted and not sent.
/// Errors: invalid (a field with control characters, more or fewer bytes than announced; nothing more is sent), io or
/// timeout (the peer is gone or too slow).
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual Task<Status> send(ResponseHead head, BytesView body) = 0;
  /// The head goes out with the first write, flush() or finish(). Without a length the body is chunked (to an HTTP/1.0
  /// client it ends with the connection).
  virtual Task<Status> start(ResponseHead head, std::optional<std::uint64_t> contentLength) = 0;
  virtual Task<Status> write(BytesView bytes) = 0;
  /// All of the parts, in order; as one chunk where the body is chunked.
  virtual Task<Status> writeParts(std::span<const BytesView> parts) = 0;
  virtual Task<Status> flush() = 0;
  virtual Task<Status> finish() = 0;
  /// An answer was begun: neither send() nor start() may be called any more.
  virtual bool started() const = 0;
  /// For event streams: the limit on a request's total time does not apply to this one.
  virtual void liftTotalTime() = 0;
};

}  // namespace cairn::http
