// The server's ResponseWriter: heads, framing, HEAD and keep-alive. Internal to daemon/http.
//
// Contract: lives as long as one request; `transport`, `out` and `request` outlive it. Single-threaded as its
// connection.
#pragma once

#include "daemon/http/body.h"
#include "daemon/http/transport.h"

namespace cairn::http {

struct ResponderSetup {
  const std::string& serverField;
  bool keepAlive;                   ///< what the client asked for
  std::function<bool()> mustClose;  ///< asked when a head is built
};

class Responder final : public ResponseWriter {
 public:
  Responder(Transport& transport, Bytes& out, const Request& request, Pace pace, ResponderSetup setup);

  Task<Status> send(ResponseHead head, BytesView body) override;
  Task<Status> start(ResponseHead head, std::optional<std::uint64_t> contentLength) override;
  Task<Status> write(BytesView bytes) override;
  Task<Status> writeParts(std::span<const BytesView> parts) override;
  Task<Status> flush() override;
  Task<Status> finish() override;
  bool started() const override { return state_ != State::fresh; }
  void liftTotalTime() override { transport_.setTotalDeadline(kNever); }

  /// The whole answer went out.
  bool complete() const { return state_ == State::done; }
  bool keepAlive() const { return keepAlive_; }

 private:
  enum class State { fresh, open, done, broken };
  enum class Coding { length, chunked, untilClose, none };
  Status buildHead(const ResponseHead& head, std::optional<std::uint64_t> length);
  void buildFraming(const ResponseHead& head, std::optional<std::uint64_t> length);
  Status account(std::uint64_t n);
  Task<Status> push(BytesView a, BytesView b);
  Status misuse(const char* what);

  Transport& transport_;
  Bytes& out_;
  const Request& request_;
  Pace pace_;
  ResponderSetup setup_;
  State state_ = State::fresh;
  Coding coding_ = Coding::none;
  bool bodiless_ = false;
  bool keepAlive_ = false;
  std::uint64_t left_ = 0;
};

}  // namespace cairn::http
