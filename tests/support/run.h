// Runs a coroutine to its end in a test.
//
// Contract: run() drives `task` on a fresh io_context of the calling thread and gives its value; exceptions come out.
#pragma once

#include <boost/asio/io_context.hpp>

#include "daemon/rt/async.h"

namespace cairn::test {

template <class T>
T run(Task<T> task) {
  net::io_context io;
  std::optional<T> value;
  std::exception_ptr error;
  net::co_spawn(io, std::move(task), [&](std::exception_ptr e, T v) {
    error = e;
    if (!e) value.emplace(std::move(v));
  });
  io.run();
  if (error) std::rethrow_exception(error);
  CAIRN_ASSERT(value.has_value());
  return std::move(*value);
}

inline void run(Task<void> task) {
  net::io_context io;
  std::exception_ptr error;
  net::co_spawn(io, std::move(task), [&](std::exception_ptr e) { error = e; });
  io.run();
  if (error) std::rethrow_exception(error);
}

}  // namespace cairn::test
