// Connections of one kind, opened as they are needed.
//
// Contract: everything on the io_context's thread. shared() sends calls on whichever connection has least in flight, so
// that what arrives together is pipelined; lease() gives one to use alone until the Lease goes. Both wait for a
// connection for at most `patience`, then say why there is none. stop() answers who waits and closes what is idle.
#pragma once

#include <deque>

#include "daemon/registry/postgres/session.h"

namespace cairn::registry::postgres {

class Pool;

class Lease {
 public:
  Lease(Pool& pool, std::shared_ptr<Session> session) : pool_(&pool), session_(std::move(session)) {}
  Lease(Lease&& other) noexcept : pool_(other.pool_), session_(std::move(other.session_)) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease();
  Session& operator*() const { return *session_; }
  Session* operator->() const { return session_.get(); }

 private:
  Pool* pool_;
  std::shared_ptr<Session> session_;
};

class Pool {
 public:
  Pool(net::io_context& io, SessionOptions options, std::size_t most, std::chrono::milliseconds patience);

  Task<Answer> shared(std::vector<Call> calls);
  Task<Result<Lease>> lease();
  void stop();
  /// All its connections go, with what is in flight, and other hosts are tried first.
  void leave(const std::string& why);

 private:
  friend class Lease;
  using Chosen = std::shared_ptr<Session>;  ///< null: none in time
  struct Waiter {
    std::uint64_t number;
    OneShot<Chosen> done;
    bool alone;
  };

  Task<Chosen> choose(bool alone);
  Chosen available(bool alone) const;
  void open();
  void serveWaiters();
  void release(const Chosen& session);
  void giveUp(std::uint64_t number);
  std::string why() const;

  net::io_context& io_;
  const SessionOptions options_;
  const std::size_t most_;
  const std::chrono::milliseconds patience_;
  std::vector<Chosen> sessions_, leased_;
  std::deque<Waiter> waiters_;
  std::uint64_t asked_ = 0;
  bool stopping_ = false;
};

}  // namespace cairn::registry::postgres
