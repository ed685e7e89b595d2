// A write other than the flip, as a unit of the writer: a function between two savepoints.
//
// Contract: the waiter of `done` always hears an answer: the function's own Result after its commit, or why the commit
// failed. What a function that returns an error wrote is undone.
#pragma once

#include <functional>

#include "daemon/registry/sqlite/writer.h"
#include "daemon/rt/async.h"

namespace cairn::registry::sqlite {

template <class T>
class ChangeUnit final : public Unit {
 public:
  using Body = std::function<Result<T>(Connection&)>;
  ChangeUnit(Body body, OneShot<Result<T>> done) : body_(std::move(body)), done_(std::move(done)) {}

  void run(Connection& c) override {
    if (Status marked = Query(c, "SAVEPOINT change").run("begin a change"); !marked) {
      result_.emplace(marked.error());
      return;
    }
    result_.emplace(body_(c));
    if (!c.inTransaction()) return;
    if (!*result_) static_cast<void>(Query(c, "ROLLBACK TO change").run("undo a change"));
    static_cast<void>(Query(c, "RELEASE change").run("end a change"));
  }
  void committed() override { done_.set(std::move(*result_)); }
  void failed(const Error& why) override { done_.set(why); }
  void unsettled(const Error& why) override { done_.set(fail(Errc::unknown_outcome, why.message)); }
  std::optional<bool> happened(Connection&) override { return std::nullopt; }

 private:
  Body body_;
  std::optional<Result<T>> result_;
  OneShot<Result<T>> done_;
};

}  // namespace cairn::registry::sqlite
