// Flips that go together: those that queued while every flip session was busy are sent as one statement.
//
// Contract: on the registry's thread. A flip goes as soon as a session is free, alone if nobody else waits: none waits
// for others to come. Flips of one master and epoch go together, at most one of a bucket; each wins or loses by itself,
// and all of them wait for one commit. What became of the statement became of each flip in it: when its answer is lost,
// each is unknown; when it was refused, nothing happened, and each is worth trying alone, for the fault may be
// another's.
#pragma once

#include <deque>
#include <optional>

#include "daemon/registry/postgres/flip_calls.h"
#include "daemon/registry/postgres/pool.h"

namespace cairn::registry::postgres {

class FlipQueue {
 public:
  struct Landed {
    Answer answer;
    int row = 0;                       ///< of the answer's rows, the one that tells of this flip
    bool alone = false;                ///< nothing happened, and it is to be tried alone
    std::optional<Error> unreachable;  ///< no session came within the pool's patience; nothing happened
  };

  /// `most`: as many sessions as the pool has.
  FlipQueue(net::io_context& io, Pool& pool, std::size_t most) : io_(io), pool_(pool), most_(most) {}
  /// For flips that goesWithOthers(). What `flip` points at lives until the answer.
  Task<Landed> run(AskedFlip flip);

 private:
  struct Waiting {
    std::uint64_t number;
    AskedFlip flip;
    OneShot<Landed> done;
  };

  Task<void> serve();
  Task<void> send(Session& session, std::vector<Waiting> batch);
  std::vector<Waiting> take();
  void giveUp(std::uint64_t last, const Error& why);

  net::io_context& io_;
  Pool& pool_;
  const std::size_t most_;
  std::deque<Waiting> waiting_;
  std::uint64_t asked_ = 0;
  std::size_t serving_ = 0;  ///< how many serve() run
  std::size_t holding_ = 0;  ///< of them, those that have a session
};

}  // namespace cairn::registry::postgres
