// How a registry's calls reach PostgreSQL: as one statement, or as a transaction that reads and then decides.
//
// Contract: look(), once() and change() may be awaited on any executor; what they are given runs on the registry's own
// thread. A body owns its arguments and may run again from the start (after a deadlock). change() commits when the body
// gives a value and undoes everything when it gives an error or throws; a commit that got no answer is
// Errc::unknown_outcome. What here() runs may throw, too: its caller gets the exception.
#pragma once

#include <exception>
#include <functional>
#include <optional>

#include "daemon/registry/postgres/errors.h"
#include "daemon/registry/postgres/pool.h"

namespace cairn::registry::postgres {

class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) {}
  /// One round trip. `doing` completes "the registry could not ...".
  template <class... Values>
  Task<Result<Rows>> run(const char* doing, const char* sql, const Values&... values) {
    return send(doing, call(sql, values...));
  }
  Task<Result<Rows>> run(const char* doing, Call one) { return send(doing, std::move(one)); }

 private:
  friend class Calls;
  Task<Result<Rows>> send(std::string doing, Call one);
  Task<Status> end(bool good);

  Session& session_;
  bool begun_ = false;
  std::string sqlState_;  ///< of the last refusal
};

template <class T>
using Body = std::function<Task<Result<T>>(Transaction&)>;

class Calls {
 public:
  Calls(net::io_context& io, Pool& work, Pool& news, Pool& turns) : io_(io), work_(work), news_(news), turns_(turns) {}

  /// Runs a coroutine on the registry's thread.
  template <class T>
  Task<T> here(std::function<Task<T>()> body) {
    struct Outcome {
      std::optional<T> value;
      std::exception_ptr thrown;
    };
    OneShot<Outcome> done;
    auto go = [](std::function<Task<T>()> run, OneShot<Outcome> out) -> Task<void> {
      Outcome outcome;
      try {
        outcome.value.emplace(co_await run());
      } catch (...) {
        outcome.thrown = std::current_exception();
      }
      out.set(std::move(outcome));
    };
    spawn(io_.get_executor(), go(std::move(body), done));
    Outcome outcome = co_await done.wait();
    if (outcome.thrown) std::rethrow_exception(outcome.thrown);
    co_return std::move(*outcome.value);
  }

  template <class T>
  Task<Result<T>> change(Body<T> body) {
    return here<Result<T>>([this, body] { return attempts<T>(body); });
  }
  /// Statements of one transaction in one round trip, in their own session.
  Task<Result<std::vector<Rows>>> once(std::string doing, std::vector<Call> calls) {
    return here<Result<std::vector<Rows>>>([this, doing, calls] { return alone(work_, doing, calls); });
  }
  /// What must not stand in line behind long listings.
  Task<Result<std::vector<Rows>>> soon(std::string doing, std::vector<Call> calls) {
    return here<Result<std::vector<Rows>>>([this, doing, calls] { return alone(news_, doing, calls); });
  }
  /// Hints, which may find a row locked by a flip for as long as that waits for a standby: nobody else waits with them.
  Task<Result<std::vector<Rows>>> hint(std::string doing, std::vector<Call> calls) {
    return here<Result<std::vector<Rows>>>([this, doing, calls] { return alone(turns_, doing, calls); });
  }

 private:
  static constexpr int kAttempts = 8;

  static Task<Result<std::vector<Rows>>> alone(Pool& pool, std::string doing, std::vector<Call> calls);
  Task<void> pause(int attempt);

  template <class T>
  static Task<Result<T>> guarded(const Body<T>& body, Transaction& transaction) {
    try {
      co_return co_await body(transaction);
    } catch (const std::exception& thrown) {
      co_return fail(Errc::internal, std::string("a change of the registry was given up: ") + thrown.what());
    }
  }

  template <class T>
  Task<Result<T>> attempts(Body<T> body) {
    for (int attempt = 1;; ++attempt) {
      auto lease = co_await work_.lease();
      if (!lease) co_return lease.error();
      Transaction transaction(**lease);
      Result<T> result = co_await guarded(body, transaction);
      Status ended = co_await transaction.end(result.has_value());
      if (again(transaction.sqlState_) && attempt < kAttempts) {
        co_await pause(attempt);
        continue;
      }
      if (!result) co_return result;
      if (!ended) co_return ended.error();
      co_return result;
    }
  }

  net::io_context& io_;
  Pool &work_, &news_, &turns_;
  std::unique_ptr<Random> random_ = systemRandom();
};

}  // namespace cairn::registry::postgres
