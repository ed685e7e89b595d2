// How a registry's calls reach the engine's threads: reads to the scanner, changes to a writer.
//
// Contract: thread-safe; a call suspends until its body ran on the thread it was given to. Bodies run one after another
// and must not outlive what they borrow; they own their arguments. The writers and the scanner outlive all calls.
#pragma once

#include <functional>

#include "daemon/registry/sqlite/change.h"
#include "daemon/registry/sqlite/worker.h"

namespace cairn::registry::sqlite {

using Scan = std::function<void(Connection&)>;

class Calls {
 public:
  Calls(Writer& durable, Writer& soft, Worker<Scan>& scanner) : durable_(durable), soft_(soft), scanner_(scanner) {}

  template <class T>
  Task<Result<T>> look(std::function<Result<T>(Connection&)> body) {
    OneShot<Result<T>> done;
    scanner_.submit([body = std::move(body), done](Connection& c) { done.set(body(c)); });
    co_return co_await done.wait();
  }
  template <class T>
  static Task<Result<T>> change(Writer& writer, std::function<Result<T>(Connection&)> body) {
    OneShot<Result<T>> done;
    writer.submit(std::make_unique<ChangeUnit<T>>(std::move(body), done));
    co_return co_await done.wait();
  }
  Writer& durable() const { return durable_; }
  /// For what may be lost with the machine's power.
  Writer& soft() const { return soft_; }

 private:
  Writer &durable_, &soft_;
  Worker<Scan>& scanner_;
};

}  // namespace cairn::registry::sqlite
