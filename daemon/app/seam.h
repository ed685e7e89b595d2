// The one seam between the control plane (Qt's event loop, main thread) and the data plane (Asio's threads).
//
// Contract: DataPlane owns the io_contexts and their threads: io() for the doors, commits() for the buckets' engines,
// which would otherwise stand in one queue with every request's parsing. start() a coroutine from the control plane and
// get a future; toControl() posts a call from any thread to `context`'s thread, dropped if `context` is gone by then.
// No lock is held across either. stop() ends the threads after the running handlers, and then all coroutines that are
// still suspended: what they refer to must live until it returns, and no longer.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "daemon/rt/async.h"

namespace cairn::app {

class DataPlane {
 public:
  explicit DataPlane(std::size_t threads) : io_(static_cast<int>(threads)) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
    for (int i = 0; i < kCommitThreads; ++i) threads_.emplace_back([this] { commits_.run(); });
  }
  ~DataPlane() { stop(); }
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;

  net::io_context& io() { return io_; }
  net::io_context& commits() { return commits_; }
  /// Runs `task` on a strand of its own.
  template <class T>
  std::future<T> start(Task<T> task) {
    return net::co_spawn(net::make_strand(io_), std::move(task), net::use_future);
  }
  void stop() {
    io_.stop();
    commits_.stop();
    for (std::thread& t : threads_)
      if (t.joinable()) t.join();
    // A coroutine of the one may hold sockets of the other: both must still be there when its frame is destroyed.
    commits_.abandon();
    io_.abandon();
  }

 private:
  struct Loop : net::io_context {
    using net::io_context::io_context;
    /// Destroys all that waits; nothing runs there any more.
    void abandon() { shutdown(); }
  };
  static constexpr int kCommitThreads = 2;  ///< one group is evaluated while another's answers are passed on
  Loop io_, commits_{kCommitThreads};
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()},
      commitWork_{commits_.get_executor()};
  std::vector<std::thread> threads_;
};

template <class Call>
void toControl(QObject* context, Call call) {
  QMetaObject::invokeMethod(context, std::move(call), Qt::QueuedConnection);
}

}  // namespace cairn::app
