// A thread with a queue that hands over all that waits, so that handlers can coalesce.
//
// Contract: submit() from any thread; jobs are handled in order, in batches of at most `maxBatch`, on the worker's one
// thread, each strictly after its submit(). The destructor handles what was submitted, then joins; submit() must not
// run beside it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cairn::registry::sqlite {

template <class Job>
class Worker {
 public:
  using Handler = std::function<void(std::vector<Job>)>;
  Worker(Handler handler, std::size_t maxBatch)
      : handler_(std::move(handler)), maxBatch_(maxBatch), thread_([this] { loop(); }) {}
  ~Worker() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void submit(Job job) {
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(job));
    }
    wake_.notify_one();
  }

 private:
  std::vector<Job> take() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.size() <= maxBatch_) return std::exchange(queue_, {});
    auto end = queue_.begin() + static_cast<std::ptrdiff_t>(maxBatch_);
    std::vector<Job> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return batch;
  }
  void loop() {
    for (;;) {
      std::vector<Job> batch = take();
      if (batch.empty()) return;
      handler_(std::move(batch));
    }
  }

  Handler handler_;
  const std::size_t maxBatch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;  // guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  std::thread thread_;      // last: starts when all else stands
};

}  // namespace cairn::registry::sqlite
