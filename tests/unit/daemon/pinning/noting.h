// A holder and a clock whose answers a test chooses.
//
// Contract: for one thread.
#pragma once

#include <deque>
#include <utility>

#include "daemon/pinning/holder.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

/// Answers each hold with what `answer` says, or not at all while `hangs`; notes the roots it was told of.
class Noting final : public Holder {
 public:
  explicit Noting(std::string name) : id_(std::move(name)) {}
  MasterId id() const override { return id_; }
  Task<Result<HoldAnswer>> hold(Cid root, Origin origin, std::vector<blocks::Block>) override {
    roots.push_back(root);
    bases.push_back(origin.base);
    if (hangs) (void)co_await waiting_.emplace_back().wait();
    if (fails) co_return fail(Errc::unavailable, "it is down");
    co_return HoldAnswer{true, {}};
  }
  Task<Status> store(std::vector<blocks::Block>) override { co_return Status{}; }
  Task<Result<blocks::BlockData>> fetch(Cid) override { co_return fail(Errc::not_found, "no such block"); }
  /// Lets what hangs go on.
  void wake() {
    for (const auto& each : waiting_) each.set(true);
  }

  std::vector<Cid> roots;
  std::vector<std::optional<Cid>> bases;  ///< of roots
  bool hangs = false, fails = false;

 private:
  MasterId id_;
  std::deque<OneShot<bool>> waiting_;
};

/// Lets sleepers sleep until release().
class Held final : public Clock {
 public:
  Timestamp now() override { return {}; }
  Duration steady() override { return at; }
  Task<void> sleep(Duration) override { (void)co_await sleeping_.emplace_back().wait(); }
  std::size_t release() {
    const auto all = std::exchange(sleeping_, {});
    for (const auto& each : all) each.set(true);
    return all.size();
  }
  Duration at{};

 private:
  std::deque<OneShot<bool>> sleeping_;
};

}  // namespace cairn::pinning
