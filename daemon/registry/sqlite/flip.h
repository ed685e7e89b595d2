// The flip on SQLite: one INSERT into the view `flip`, whose trigger decides, as a unit of the writer.
//
// Contract: the waiter of `done` always hears an answer. Statuses: won and lost carry the row as it stood inside the
// flip's transaction; a row that cannot be read is never overwritten (unavailable, with the reason); unavailable means
// that certainly nothing happened.
#pragma once

#include "daemon/registry/registry.h"
#include "daemon/registry/sqlite/writer.h"

namespace cairn::registry::sqlite {

class FlipUnit final : public Unit {
 public:
  FlipUnit(FlipRequest request, OneShot<FlipResult> done);
  void run(Connection& connection) override;
  void committed() override { done_.set(std::move(result_)); }
  void failed(const Error& why) override;
  void unsettled(const Error& why) override;
  std::optional<bool> happened(Connection& connection) override;

 private:
  int insert(Connection& connection, const std::string& expectedRoot);
  void refused(Connection& connection);
  bool onlySpelledOtherwise(const struct Pointer& pointer, const std::string& tried) const;
  void unreadable(const Error& why);

  FlipRequest request_;
  Bytes receiptHash_;
  FlipResult result_;
  OneShot<FlipResult> done_;
};

}  // namespace cairn::registry::sqlite
