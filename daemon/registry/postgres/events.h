// The registry's events: reading them, and making those of flips.
//
// Contract: on the registry's thread. A flip leaves no event of its own; its history row becomes one afterwards, many
// at a time, in a transaction that holds the event cursor: by whoever reads events, and by the master that flipped, at
// once but not again within kSoon, which with that tells the others (NOTIFY cairn_events). So reading never misses an
// event that was there when it was asked for, and sequences have neither gaps nor latecomers.
#pragma once

#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

class Events {
 public:
  Events(net::io_context& io, Pool& work) : io_(io), work_(work), timer_(io) {}

  Task<Result<std::vector<Event>>> read(std::uint64_t after, std::size_t limit);
  Task<Result<std::uint64_t>> last();
  /// A flip was won just now.
  void flipped();
  void stop();

 private:
  Task<Result<std::uint64_t>> number();
  Task<void> tell();

  net::io_context& io_;
  Pool& work_;
  net::steady_timer timer_;
  std::chrono::steady_clock::time_point toldLast_;
  bool telling_ = false, more_ = false, stopping_ = false;
};

}  // namespace cairn::registry::postgres
