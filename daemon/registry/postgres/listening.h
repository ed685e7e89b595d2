// A session that LISTENs for events, once anybody wants to hear of them.
//
// Contract: on the registry's thread. heard() is News::heard; the first call connects. The session is its own, so that
// no long statement holds word back, and connects anew with growing pauses.
#pragma once

#include <vector>

#include "daemon/registry/postgres/session.h"

namespace cairn::registry::postgres {

class Listening {
 public:
  Listening(net::io_context& io, SessionOptions options) : io_(io), options_(std::move(options)) {}

  Task<std::uint64_t> heard(std::uint64_t before, std::chrono::milliseconds within);
  void leave(const std::string& why);
  void stop();

 private:
  void open();
  void changed();
  Task<void> listen(std::shared_ptr<Session> session);
  void word();

  net::io_context& io_;
  const SessionOptions options_;
  std::shared_ptr<Session> session_;
  std::uint64_t words_ = 1;
  bool wasReady_ = false, listens_ = false, stopping_ = false;
  std::vector<std::shared_ptr<net::steady_timer>> waiting_;
};

}  // namespace cairn::registry::postgres
