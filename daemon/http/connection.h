// One client's connection: requests one after another, each handed to the handler. Internal to daemon/http.
//
// Contract: run() is spawned once on strand(); onAlarm(), onDrain() and onStop() are posted there; due() may be read
// from any thread. The connection keeps itself and the core alive while run() lasts.
#pragma once

#include <atomic>

#include "daemon/http/inbound.h"
#include "daemon/http/responder.h"
#include "daemon/http/server_core.h"

namespace cairn::http {

class Connection final : public std::enable_shared_from_this<Connection>, private Alarm, private BodyReader {
 public:
  Connection(std::shared_ptr<ServerCore> core, Transport::Socket socket, Strand strand);

  Task<void> run();
  const Strand& strand() const { return strand_; }
  Micros due() const { return due_.load(std::memory_order_relaxed); }
  void onAlarm();
  void onDrain();
  void onStop();

 private:
  // Alarm
  void set(Micros due) override { due_.store(due, std::memory_order_relaxed); }
  // BodyReader
  Task<Result<BytesView>> read(std::size_t atMost) override;
  Task<Result<std::size_t>> readInto(std::span<std::uint8_t> into) override;
  std::optional<std::uint64_t> length() const override { return request_.contentLength; }

  Task<bool> openTls();
  Task<bool> serveOne();
  Task<bool> dispatch(Framing framing);
  Task<bool> callHandler(Responder& responder);
  Task<void> refuse(int status, std::string_view reason);
  Task<bool> headFailed(const Error& e);
  Task<Status> sendContinue();
  Task<void> farewell();
  Pace pace() const;
  bool mustClose() const;

  std::shared_ptr<ServerCore> core_;
  Strand strand_;
  std::atomic<Micros> due_{kNever};
  Transport transport_;
  Inbound inbound_;
  Request request_;
  std::string remoteAddress_;  ///< kept apart from request_, which a handler may take to pieces
  std::optional<std::string> peerKey_;
  Bytes out_;               ///< heads of answers are built here
  bool expecting_ = false;  ///< the client waits for 100 Continue before it sends the body
  bool abandon_ = false;    ///< end without courtesies
  bool linger_ = false;     ///< input is left that the peer may still be sending
};

}  // namespace cairn::http
