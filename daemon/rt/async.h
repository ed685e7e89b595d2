// The data plane's vocabulary for asynchronous code: C++20 coroutines on Boost.Asio.
//
// Contract: a Task<T> is a lazily started coroutine; it runs on the executor of whoever awaits or spawns it. Failures
// travel as Result<T>, not as exceptions. No lock may be held across a co_await. The same code runs on Asio's threads
// in the daemon and on one deterministic io_context per simulated node in tests/sim: so time comes from Clock, chance
// from Random, and nothing here may read the wall clock or spawn threads of its own.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace cairn {

namespace net = boost::asio;

template <class T>
using Task = net::awaitable<T>;

/// For co_spawn: an exception that leaves a detached coroutine is a bug, except cancellation while stopping.
inline void rethrowUnlessCancelled(std::exception_ptr e) {
  if (!e) return;
  try {
    std::rethrow_exception(e);
  } catch (const boost::system::system_error& error) {
    if (error.code() != net::error::operation_aborted) throw;
  }
}

/// Starts `task` on `executor` and lets it run.
template <class Executor>
void spawn(const Executor& executor, Task<void> task) {
  net::co_spawn(executor, std::move(task), rethrowUnlessCancelled);
}

/// A value delivered once to one waiter. set() and wait() may come from different threads and in either order.
/// Dropping the last setter's copy without set() leaves the waiter waiting: always set.
template <class T>
class OneShot {
 public:
  OneShot() : state_(std::make_shared<State>()) {}

  void set(T value) const {
    std::function<void()> wake;
    {
      std::lock_guard lock(state_->mutex);
      if (state_->value) return;
      state_->value.emplace(std::move(value));
      wake = std::move(state_->wake);
      state_->wake = nullptr;
    }
    if (wake) wake();
  }

  Task<T> wait() const {
    auto state = state_;
    co_await net::async_initiate<const net::use_awaitable_t<>, void()>(
        [state](auto handler) {
          auto executor = net::get_associated_executor(handler);
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          std::function<void()> wake = [shared, executor] { net::post(executor, [shared] { std::move (*shared)(); }); };
          {
            std::lock_guard lock(state->mutex);
            if (!state->value) {
              state->wake = std::move(wake);
              return;
            }
          }
          wake();
        },
        net::use_awaitable);
    co_return std::move(*state->value);
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::function<void()> wake;
  };
  std::shared_ptr<State> state_;
};

/// Runs tasks side by side on the caller's executor and waits for all. Results keep their order.
template <class T>
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
  auto executor = co_await net::this_coro::executor;
  std::vector<OneShot<T>> done(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    auto run = [](Task<T> task, OneShot<T> out) -> Task<void> { out.set(co_await std::move(task)); };
    spawn(executor, run(std::move(tasks[i]), done[i]));
  }
  std::vector<T> results;
  for (auto& d : done) results.push_back(co_await d.wait());
  co_return results;
}

}  // namespace cairn
