// How a registry's calls reach the engine's threads: reads to a scanner, changes to a writer.
//
// Contract: thread-safe; a call suspends until its body ran on the thread it was given to. Bodies run one after another
// and must not outlive what they borrow; they own their arguments. The writers and the scanner outlive all calls.
#pragma once

#include <functional>

#include "daemon/registry/sqlite/change.h"
#include "daemon/registry/sqlite/sealed.h"
#include "daemon/registry/sqlite/worker.h"

namespace cairn::registry::sqlite {

using Scan = std::function<void(Connection&)>;

class Calls {
 public:
  Calls(Writer& durable, Writer& soft, Worker<Scan>& scanner, Worker<Scan>& news)
      : durable_(durable), soft_(soft), scanner_(scanner), news_(news) {}

  template <class T>
  Task<Result<T>> look(std::function<Result<T>(Connection&)> body) {
    OneShot<Result<T>> done;
    scanner_.submit([body = std::move(body), done](Connection& c) { done.set(current(body, c)); });
    co_return co_await done.wait();
  }
  /// On a thread of its own: what must be fresh may not stand in line behind long listings.
  template <class T>
  Task<Result<T>> lookSoon(std::function<Result<T>(Connection&)> body) {
    OneShot<Result<T>> done;
    news_.submit([body = std::move(body), done](Connection& c) { done.set(current(body, c)); });
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
  /// What was read counts only if the file was not sealed until then.
  template <class T>
  static Result<T> current(const std::function<Result<T>(Connection&)>& body, Connection& c) {
    Result<T> found = body(c);
    if (Status here = notSealed(c); !here) return here.error();
    return found;
  }

  Writer &durable_, &soft_;
  Worker<Scan>&scanner_, &news_;
};

}  // namespace cairn::registry::sqlite
